// Package redistest is a world of servers with Redis or Valkey, in memory: it knows what Belt's scripts and commands
// bring about, as real servers showed it, so that plans can be applied, failed at every step and undone in a test.
package redistest
