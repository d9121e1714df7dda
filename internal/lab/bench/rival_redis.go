package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// replicaOf lasts until the link is up; nothing of it would survive a restart.
type replicaOf struct{ *bench }

func (replicaOf) name() string { return "bare diskless REPLICAOF until the link is up" }

func (replicaOf) step() string { return "start.db2" }

func (r replicaOf) prepare(ctx context.Context) error {
	for _, setting := range [][2]string{{"repl-diskless-sync", "yes"}, {"repl-diskless-sync-delay", "0"}} {
		if _, err := r.db1.RedisCLI(ctx, "CONFIG", "SET", setting[0], setting[1]); err != nil {
			return err
		}
	}
	return nil
}

func (r replicaOf) copy(ctx context.Context) (time.Duration, error) {
	if _, err := r.db2.RedisCLI(ctx, "CONFIG", "SET", "masterauth", lab.Password); err != nil {
		return 0, err
	}
	took, err := timed(ctx, r.db2, `set -e
export REDISCLI_AUTH=$3
"$1-cli" REPLICAOF "$2" 6379 >/dev/null
until "$1-cli" INFO replication | grep -q '^master_link_status:up'; do sleep 0.02; done`,
		string(r.engine), r.db1.Internal.String(), lab.Password)
	if err != nil {
		return 0, err
	}
	for _, command := range []string{"REPLICAOF NO ONE", "FLUSHALL", "CONFIG SET masterauth"} {
		args := strings.Fields(command)
		if args[0] == "CONFIG" {
			args = append(args, "")
		}
		if _, err := r.db2.RedisCLI(ctx, args...); err != nil {
			return 0, err
		}
	}
	return took, nil
}

// forkMemory is what the primary's memory grew by during its last copy.
func (r replicaOf) forkMemory(ctx context.Context) (int64, error) {
	out, err := r.db1.RedisCLI(ctx, "INFO", "persistence")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(out) {
		var bytes int64
		if n, _ := fmt.Sscanf(line, "rdb_last_cow_size:%d", &bytes); n == 1 {
			return bytes, nil
		}
	}
	return 0, fmt.Errorf("%s: INFO persistence has no rdb_last_cow_size", r.db1)
}
