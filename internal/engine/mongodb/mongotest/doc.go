// Package mongotest is a double of servers that run mongod: their files, their units, and a mongod that speaks MongoDB's
// wire protocol and keeps its data in memory.
//
// It answers as the recorded replies of a real 4.4 replica set in testdata/mongodb do (replay_test.go compares the two),
// replicates for real between its servers by an oplog, and fails the test on every command, option or script that it does
// not know. What takes a real set seconds (an election, a heartbeat, an oplog entry on its way) has happened here before
// the reply is sent; an initial sync moves on each time somebody asks how far it is.
package mongotest
