// Package pgtest is a world of PostgreSQL servers in memory. It understands the commands that Belt sends, by their titles
// and statements, and changes as real servers do: data folders are moved with what is in them, a standby takes over what
// its primary has once it can connect, settings take effect when they do. A command that it does not know, or one that
// would cost somebody their data, fails the test.
//
// What it answers to an inspection has the form of testdata/postgresql, which real servers wrote. The scripts themselves
// are tested with a real shell; here only what they come to is modelled.
package pgtest
