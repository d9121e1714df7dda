package envpush

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dbbelt/belt/pkg/envfile"
)

// Restore gives a server back the very file that it had before the push that ended with r, and runs the app's command
// again. A file that somebody has changed since is left alone, which is an error. A server that the push did not change
// needs nothing.
func (p *Pusher) Restore(ctx context.Context, s Server, r Result) error {
	if r.Switched.IsZero() {
		return nil
	}
	w := &work{Server: s}
	return p.prepared(ctx, []*work{w}, func(ctx context.Context, w *work, _ func()) {
		var err error
		if w.state, err = p.read(ctx, w.Server); err != nil {
			w.result.Err = err
			return
		}
		switch {
		case same(w.state.content, r.before):
		case same(w.state.content, r.after):
			w.change, w.next = true, r.before
			w.changes = s.difference(r.after, r.before)
		default:
			w.result.Err = fmt.Errorf("%s: %s was changed by somebody else since: it is left as it is", s.Runner.Server(), s.File)
		}
	}).Switch(ctx)[0].Err
}

// same compares contents; nil is no file.
func same(a, b *[]byte) bool {
	if a == nil || b == nil {
		return a == b
	}
	return bytes.Equal(*a, *b)
}

// difference is what changes from one content to another, both of which were read before.
func (s Server) difference(from, to *[]byte) []envfile.Change {
	values := func(content *[]byte) map[string]string {
		if content == nil {
			return nil
		}
		file, err := envfile.Parse(s.Format, *content)
		if err != nil {
			return nil
		}
		return file.Map()
	}
	return envfile.Diff(values(from), values(to))
}
