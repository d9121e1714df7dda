package journal

import (
	"context"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// local is a server that is this machine, on which everybody is root.
type local struct{ remotetest.Local }

func (l local) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.As = ""
	return l.Local.Run(ctx, c)
}

var db1 = local{remotetest.Local{Name: "db1"}}

// full is a server on which no file can be written.
type full struct{ local }

func (f full) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Script = "ulimit -f 0\n" + c.Script
	return f.local.Run(ctx, c)
}
