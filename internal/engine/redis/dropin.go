package redis

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// readDropIn is what Belt's own file on the server says, nothing when it is not there.
func readDropIn(ctx context.Context, f replication.Facts) ([]conf.Setting, error) {
	return readSettings(ctx, f, nativeOf(f).dropIn())
}

// readSettings is the same of any file of settings.
func readSettings(ctx context.Context, f replication.Facts, file string) ([]conf.Setting, error) {
	text, err := remote.ReadFile(ctx, f.Node.Runner, "root", file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []conf.Setting
	for line := range strings.Lines(string(text)) {
		words, err := talk.Words(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w in %.40q", f.Node.Label, file, err, line)
		}
		if len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			out = append(out, conf.Setting{Name: words[0], Args: words[1:]})
		}
	}
	return out, nil
}

// writeDropIn writes Belt's own file. The server's own user may read it, and nobody else: it may hold a password.
func writeDropIn(ctx context.Context, f replication.Facts, settings []conf.Setting) error {
	return writeSettings(ctx, f, nativeOf(f).dropIn(), settings)
}

// writeSettings writes another file of the kind.
func writeSettings(ctx context.Context, f replication.Facts, file string, settings []conf.Setting) error {
	attr := remote.Attr{Mode: 0o640, Owner: "root", Group: nativeOf(f).Group}
	return remote.WriteFile(ctx, f.Node.Runner, "root", file, []byte(conf.Text(settings)), attr)
}

// included makes the main file include Belt's own as its last line, or takes that line out.
func included(ctx context.Context, f replication.Facts, yes bool) error {
	n := nativeOf(f)
	text, err := remote.ReadFile(ctx, f.Node.Runner, "root", n.Config)
	if err != nil {
		return err
	}
	changed := conf.Exclude(string(text), n.dropIn())
	if yes {
		changed = conf.Include(string(text), n.dropIn())
	}
	if changed == string(text) {
		return nil
	}
	return remote.WriteFile(ctx, f.Node.Runner, "root", n.Config, []byte(changed), remote.Attr{Keep: true})
}

// editDropIn changes what Belt's own file says, whose order is kept, and sees that it is included exactly while it says
// something.
func editDropIn(ctx context.Context, f replication.Facts, edit func([]conf.Setting) []conf.Setting) error {
	before, err := readDropIn(ctx, f)
	if err != nil {
		return err
	}
	after := edit(slices.Clone(before))
	if len(after) == 0 {
		return removeDropIn(ctx, f)
	}
	if err := writeDropIn(ctx, f, after); err != nil {
		return err
	}
	return included(ctx, f, true)
}

// removeDropIn takes the line out first: a file that is included and not there keeps the server from starting.
func removeDropIn(ctx context.Context, f replication.Facts) error {
	if err := included(ctx, f, false); err != nil {
		return err
	}
	return replica.DropState(ctx, f.Node.Runner, nativeOf(f).dropIn())
}

// with gives settings new values, in their place or at the end.
func with(have []conf.Setting, changed ...conf.Setting) []conf.Setting {
	for _, s := range changed {
		same := func(h conf.Setting) bool {
			return h.Name == s.Name && (s.Name != "user" || len(h.Args) > 0 && h.Args[0] == s.Args[0])
		}
		if i := slices.IndexFunc(have, same); i >= 0 {
			have[i] = s
		} else {
			have = append(have, s)
		}
	}
	return have
}

// without takes settings out.
func without(have []conf.Setting, gone func(conf.Setting) bool) []conf.Setting {
	return slices.DeleteFunc(have, gone)
}
