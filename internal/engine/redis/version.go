package redis

import (
	"strconv"
	"strings"
)

// release is a version of one of the flavours, as far as it matters: 7.0 is {Redis, 700}.
type release struct {
	flavour string
	number  int // major*100 + minor; 0 when unknown
}

func releaseOf(flavour, version string) release {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	return release{flavour, a*100 + b}
}

// ability is something that not every release can do.
type ability struct{ redis, valkey int } // since which release; Valkey begins with 7.2

var (
	// listensAnew: bind, port and tls-port can be changed while it runs. Before, they are read at the start only
	// (config.c of 6.0: IMMUTABLE_CONFIG).
	listensAnew = ability{700, 702}
	// guardsBound: protected-mode turns strangers away although addresses are named in bind (networking.c of 6.2; before,
	// a named address was taken for intent).
	guardsBound = ability{602, 702}
	// waitsForReplicas: repl-diskless-sync-max-replicas ends the wait for further replicas.
	waitsForReplicas = ability{700, 702}
	// absoluteTTL: expiry is replicated as a point in time, and PEXPIRETIME asks for it. Before, EXPIRE is passed on as it
	// is, and a replica counts from when it gets it.
	absoluteTTL = ability{700, 702}
	// expiringFields: fields of a hash may have an expiry of their own.
	expiringFields = ability{704, 900}
	// readyAtOnce: a replica tells systemd that it is ready before it has its copy. Until then it does so only afterwards
	// (replication.c of 6.0), and systemd ends what is not ready in time.
	readyAtOnce = ability{602, 702}
	// pausesWrites: CLIENT PAUSE holds writes alone, scripts' included, and CLIENT UNPAUSE ends it.
	pausesWrites = ability{602, 702}
	// foldersAOF: the append-only file is a folder of several; before, it is a single one.
	foldersAOF = ability{700, 702}
)

func (r release) can(a ability) bool {
	if r.flavour == Valkey {
		return r.number >= a.valkey
	}
	return r.number >= a.redis
}

// rdb is the version of the format in which a release sends its data to a replica (RDB_VERSION in rdb.h).
func (r release) rdb() int {
	formats := []struct{ since, format int }{{700, 10}, {702, 11}, {704, 12}}
	format := 9
	if r.flavour == Valkey {
		// Valkey keeps Redis 7.2's format, and took a number far away for its own.
		formats, format = []struct{ since, format int }{{900, 80}}, 11
	}
	for _, f := range formats {
		if r.number >= f.since {
			format = f.format
		}
	}
	return format
}

// lastShared is the last format that both flavours read: that of Redis 7.2.
const lastShared = 11

// reads tells whether a replica of this release takes the copy that a primary of the other sends.
func (r release) reads(primary release) bool {
	if r.flavour != primary.flavour {
		return primary.rdb() <= lastShared && r.rdb() >= primary.rdb()
	}
	return r.rdb() >= primary.rdb() && r.number >= primary.number
}
