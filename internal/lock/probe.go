package lock

import (
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
)

// Probe tells whether the lock of this name is held on a server, and by whom: the owner is nil when the holder left no
// record. It only reads.
func Probe(ctx context.Context, r remote.Runner, name string, opts ...Option) (owner *Owner, held bool, err error) {
	if !names.MatchString(name) {
		return nil, false, fmt.Errorf("%s: lock name %q: it may have a-z, 0-9, dot, dash and underscore", r.Server(), name)
	}
	res, err := r.Run(ctx, remote.Command{
		Script:   libSh + probeSh,
		Args:     []string{apply(opts).dir, name},
		As:       "root",
		ReadOnly: true,
		Title:    "look at the lock " + name,
	})
	if err != nil {
		return nil, false, err
	}
	said, rest, _ := strings.Cut(res.Stdout, "\n")
	switch said {
	case "free":
		return nil, false, nil
	case "held":
		since, record, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), "\n")
		if o := parseOwner(since, record); o.ID != "" {
			return &o, true, nil
		}
		return nil, true, nil
	}
	return nil, false, fmt.Errorf("%s: look at the lock %s: unexpected answer %q", r.Server(), name, res.Stdout)
}
