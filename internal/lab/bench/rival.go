package main

import (
	"context"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// rival is the best bare copy of an engine that one could type by hand: unencrypted and unchecked.
type rival interface {
	name() string
	prepare(ctx context.Context) error // its way in: no password where it can do without, in its favour
	copy(ctx context.Context) (time.Duration, error)
	step() string // of an enable, that does the same
}

func (b *bench) rival() rival {
	switch b.engine {
	case lab.Redis, lab.Valkey:
		return replicaOf{b}
	case lab.MariaDB:
		return stream{b}
	case lab.MySQL:
		return clone{b}
	}
	return baseBackup{b}
}

// timed runs a script on a server and tells how long it took.
func timed(ctx context.Context, server *lab.Server, script string, args ...string) (time.Duration, error) {
	began := time.Now()
	_, err := server.Exec(ctx, script, args...)
	return time.Since(began), err
}
