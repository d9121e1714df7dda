// Package replication is the common language of the engines: what a server says of itself ([Facts]), how a group of
// servers stands to each other ([Topology]), and what an [Engine] can plan and prove.
//
// The words are those of the project: primary and replica. An engine's own words (standby, source, master, secondary)
// stay inside its package.
package replication
