package ops

import (
	"context"

	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
)

// EnvServer is one app server and what it is to have in its file.
type EnvServer struct {
	App    string
	Label  string
	Runner remote.Runner
	Env    inventory.Env
	Vars   []variables.Var
}

// EnvLook is how an app server's file differs from what it is to have.
type EnvLook struct {
	Changes []envfile.Change // none: it has it all
	Err     error            // why the file could not be read
}

// EnvResult is how an app server took its variables.
type EnvResult struct {
	Changed bool
	Err     error // why it did not
}

// Pusher puts variables on app servers, side by side. Answers come in the order of the servers.
type Pusher interface {
	// Look reads every file. It changes nothing.
	Look(context.Context, []EnvServer) []EnvLook
	// Push stages a new file on every server first, and only then switches them.
	Push(context.Context, []EnvServer) []EnvResult
}
