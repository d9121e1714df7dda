// Package replica is what every engine needs to make a replica out of a server: notes on the servers about runs that did
// not finish, data folders that are moved aside and back, services that are started and stopped, preconditions, and the
// steps of a plan that are made of these. What an engine does in its own words stays in its package.
//
// An engine describes its server as an [Instance], and one replica in the making as a [Making].
package replica
