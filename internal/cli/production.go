package cli

import (
	"context"

	"github.com/dbbelt/belt/internal/engine/mongodb"
	"github.com/dbbelt/belt/internal/engine/mysql"
	"github.com/dbbelt/belt/internal/engine/postgresql"
	"github.com/dbbelt/belt/internal/engine/redis"
	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

// production are the engines that this belt replicates.
func production() ops.Engines {
	return ops.Engines{
		inventory.PostgreSQL: postgresql.New(),
		inventory.MongoDB:    mongodb.New(),
		inventory.Redis:      redis.New(redis.Redis),
		inventory.Valkey:     redis.New(redis.Valkey),
		inventory.MariaDB:    mysql.MariaDB(),
		inventory.MySQL:      mysql.MySQL(),
	}
}

// overSSH is the way to real servers. Everything that is run there goes to the trace.
func overSSH(ctx context.Context, b *belt, secrets *remote.Secrets) (ops.Connector, func(), error) {
	options := sshrun.Options{Home: b.getenv("HOME"), Agent: b.getenv("SSH_AUTH_SOCK")}
	if screen := b.screen(); screen.CanAsk() {
		options.Ask = func(question string) bool {
			yes, err := screen.Confirm(ctx, question)
			return err == nil && yes
		}
	}
	pool := sshrun.New(options)
	c := ops.SSH{Pool: pool}
	end := func() { pool.Close() }
	file, err := openTrace(b.getenv)
	if err != nil {
		b.screen().Warn("no trace is written: " + err.Error())
		return c, end, nil
	}
	b.trace = file.Name()
	c.Decorate = func(r remote.Runner) remote.Runner { return remote.Trace(r, file, secrets) }
	return c, func() { pool.Close(); file.Close() }, nil
}
