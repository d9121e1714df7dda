package ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"

	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/remote"
)

// Files is the [Pusher] of files on servers.
type Files struct{}

const (
	// stageScript writes the new file beside the old one, with its mode and owner; a new file is 0600.
	stageScript = `set -eu
[ ! -L "$1" ] || { echo "$1 is a symbolic link" >&2; exit 1; }
umask 077; trap 'rm -f -- "$1.belt-next"' HUP INT TERM
cat > "$1.belt-next"
[ "$(wc -c < "$1.belt-next")" -eq "$2" ] || { rm -f -- "$1.belt-next"; echo "the input broke off" >&2; exit 1; }
if [ -e "$1" ]; then chown --reference="$1" -- "$1.belt-next"; chmod --reference="$1" -- "$1.belt-next"; fi
sync -- "$1.belt-next"`
	switchScript = `set -eu
mv -f -- "$1.belt-next" "$1"
[ -z "$2" ] || sh -c "$2" >&2`
	dropScript = `rm -f -- "$1.belt-next"`
)

// edited is one server's file before and after.
type edited struct {
	before, after []byte
	changes       []envfile.Change
	err           error
}

func editFile(ctx context.Context, s EnvServer) (e edited) {
	e.before, e.err = remote.ReadFile(ctx, remote.Guard(s.Runner), "root", s.Env.File)
	if e.err != nil && !errors.Is(e.err, fs.ErrNotExist) {
		return e
	}
	e.err = nil
	format, err := envfile.ParseFormat(s.Env.Format)
	if err != nil {
		return edited{err: err}
	}
	file, err := envfile.Parse(format, e.before)
	if err != nil {
		return edited{err: fmt.Errorf("%s: %s: %w", s.Label, s.Env.File, err)}
	}
	file.Label = s.App
	was := file.Map()
	for _, v := range s.Vars {
		if err := file.Set(v.Name, v.Value); err != nil {
			return edited{err: fmt.Errorf("%s: %s: %w", s.Label, v.Name, err)}
		}
	}
	e.after, e.changes = file.Bytes(), envfile.Diff(was, file.Map())
	return e
}

// Look reads every file.
func (Files) Look(ctx context.Context, servers []EnvServer) []EnvLook {
	out := make([]EnvLook, len(servers))
	each(servers, func(i int, s EnvServer) {
		e := editFile(ctx, s)
		out[i] = EnvLook{Changes: e.changes, Err: e.err}
	})
	return out
}

// Push stages every file, and then switches those that could be staged.
func (Files) Push(ctx context.Context, servers []EnvServer) []EnvResult {
	out := make([]EnvResult, len(servers))
	staged := make([]bool, len(servers))
	run := func(ctx context.Context, s EnvServer, title, script string, stdin []byte, args ...string) error {
		_, err := s.Runner.Run(ctx, remote.Command{Title: title, Script: script, Args: append([]string{s.Env.File}, args...),
			As: "root", Stdin: bytes.NewReader(stdin)})
		return err
	}
	each(servers, func(i int, s EnvServer) {
		e := editFile(ctx, s)
		if out[i].Err = e.err; e.err != nil || bytes.Equal(e.before, e.after) {
			return
		}
		out[i].Err = run(ctx, s, "stage the variables", stageScript, e.after, strconv.Itoa(len(e.after)))
		staged[i] = out[i].Err == nil
	})
	stop := ctx.Err() != nil
	each(servers, func(i int, s EnvServer) {
		switch {
		case !staged[i]:
		case stop:
			out[i].Err = run(context.WithoutCancel(ctx), s, "drop the staged variables", dropScript, nil)
		default:
			out[i].Err = run(ctx, s, "switch to the new variables", switchScript, nil, s.Env.Apply)
			out[i].Changed = true
		}
	})
	return out
}

// each runs f for every server, at most 64 at once.
func each(servers []EnvServer, f func(int, EnvServer)) {
	turns := make(chan struct{}, 64)
	var wg sync.WaitGroup
	for i, s := range servers {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			f(i, s)
		})
	}
	wg.Wait()
}
