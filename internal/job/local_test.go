package job

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

var db2 = local{remotetest.Local{Name: "db2"}}
