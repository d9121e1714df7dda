// Package compare tells whether a replica of Redis or Valkey holds what its primary holds, key by key, while both are in
// use.
//
// Both servers compute digests of their keys by type: what two servers hold in different shapes (a set as a table here, as a
// list there) is equal, and no value travels. The primary's keys are listed in pages; both are asked for the same keys, in
// calls that block their server for a few milliseconds, and answer with one digest for some of them. Then the replica's keys
// are walked, to find those that the primary does not have, unless both have as many. What differs may only have changed in
// between: it is asked again, after the replica has applied all that the primary had written, and counts only when nobody
// wrote to the key on the primary meanwhile.
//
// A server that runs no scripts for Belt is read by the types' own commands.
package compare
