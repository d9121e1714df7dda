// Package compare tells whether a replica of Redis or Valkey holds what its primary holds, key by key, while both are in
// use.
//
// Both servers compute a digest of each key by its type: what two servers hold in different shapes (a set as a table
// here, as a list there) is equal, and no value travels. The primary's keys are walked in small pages, each one call that
// blocks its server for a few milliseconds; the replica is asked for the same keys. Then the replica's keys are walked, to
// find those that the primary does not have. What differs may only have changed in between: it is asked again, after the
// replica has applied all that the primary had written, and counts only when the primary's own answer stayed the same.
package compare
