package journal

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
)

//go:embed sh/state.sh
var stateSh string

var names = regexp.MustCompile(`^[a-z0-9_][a-z0-9._-]{0,99}$`)

// Put keeps v, as JSON, under a name of a-z, 0-9, dot, dash and underscore: what a later run has to know to undo this
// one, such as a data folder that was set aside. It replaces what was there at once or not at all, is on the disk when
// Put returns, and root alone can read it.
func Put(ctx context.Context, r remote.Runner, name string, v any, opts ...Option) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: keep the record %s: %w", r.Server(), name, err)
	}
	_, err = state(ctx, r, "put", name, bytes.NewReader(append(b, '\n')), opts)
	return err
}

// Get reads what was put under the name into v, and tells whether there was anything. It only reads.
func Get(ctx context.Context, r remote.Runner, name string, v any, opts ...Option) (bool, error) {
	text, err := state(ctx, r, "get", name, nil, opts)
	if err != nil || text == "" {
		return false, err
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return false, fmt.Errorf("%s: the record %s cannot be read: %w", r.Server(), name, err)
	}
	return true, nil
}

// Delete drops what was put under the name. That there is nothing is no error.
func Delete(ctx context.Context, r remote.Runner, name string, opts ...Option) error {
	_, err := state(ctx, r, "delete", name, nil, opts)
	return err
}

// Names returns the names under which something is kept, sorted. It only reads.
func Names(ctx context.Context, r remote.Runner, opts ...Option) ([]string, error) {
	text, err := state(ctx, r, "list", "", nil, opts)
	return strings.Fields(text), err
}

func state(ctx context.Context, r remote.Runner, verb, name string, stdin io.Reader, opts []Option) (string, error) {
	if verb != "list" && !names.MatchString(name) {
		return "", fmt.Errorf("%s: record name %q: it may have a-z, 0-9, dot, dash and underscore", r.Server(), name)
	}
	res, err := r.Run(ctx, remote.Command{
		Script: stateSh, Args: []string{apply(opts).dir, verb, name}, As: "root", Stdin: stdin,
		ReadOnly: verb == "get" || verb == "list", Title: strings.TrimSpace(verb + " the record " + name),
	})
	return res.Stdout, err
}
