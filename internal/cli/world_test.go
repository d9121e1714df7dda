package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// world is a folder in which every server has a folder of its own, APP/SERVER: what belt runs there runs on this machine,
// with every absolute path among its arguments moved below that folder. A file APP/SERVER.down says what is wrong with
// the way there: "unreachable", "unknown key", "changed key", "login" or "sudo".
type world struct{ dir string }

// Runner returns the way to a server.
func (w world) Runner(server inventory.Server, label string) remote.Runner {
	return pretended{remotetest.Local{Name: label}, filepath.Join(w.dir, server.App, server.Name)}
}

func (w world) open(context.Context, *belt, *remote.Secrets) (ops.Connector, func(), error) {
	return w, func() {}, nil
}

// pretended is a server that is a folder.
type pretended struct {
	remotetest.Local
	root string
}

func (p pretended) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	if err := p.trouble(cmd); err != nil {
		return remote.Result{Code: -1}, err
	}
	cmd.As = ""
	args := make([]string, len(cmd.Args))
	for i, arg := range cmd.Args {
		if strings.HasPrefix(arg, "/") {
			arg = p.root + arg
		}
		args[i] = arg
	}
	cmd.Args = args
	return p.Local.Run(ctx, cmd)
}

// trouble is what keeps the server from running anything.
func (p pretended) trouble(cmd remote.Command) error {
	text, err := os.ReadFile(p.root + ".down")
	if err != nil {
		if _, err := os.Stat(p.root); err != nil {
			return &remote.UnreachableError{Server: p.Name, Addr: p.root, Err: errors.New("this world has no such server")}
		}
		return nil
	}
	switch kind := strings.TrimSpace(string(text)); kind {
	case "unreachable":
		return &remote.UnreachableError{Server: p.Name, Addr: "203.0.113.99:22", Err: errors.New("connection refused")}
	case "unknown key":
		return &remote.HostKeyError{Server: p.Name, Detail: "SHA256:new", Fix: "ssh to it once"}
	case "changed key":
		return &remote.HostKeyError{Server: p.Name, Changed: true, Detail: "SHA256:old is on record", Fix: "find out why"}
	case "login":
		return &remote.LoginError{Server: p.Name, User: "deploy", Detail: "tried publickey"}
	case "sudo":
		if cmd.As == "" {
			return nil
		}
		return &remote.SudoError{Server: p.Name, User: "deploy", As: cmd.As, Detail: "a password is required"}
	default:
		panic("this trouble is unknown: " + kind)
	}
}
