package envpush

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// absent is the identity of a file that is not there.
const absent = "absent"

// stage puts the new file beside the old one.
func (p *Pusher) stage(ctx context.Context, w *work, _ func()) {
	if w.next == nil {
		w.staged = absent
		return
	}
	ctx, cancel := p.bounded(ctx)
	defer cancel()
	res, err := w.Runner.Run(ctx, remote.Command{
		Title: "stage " + w.File, Script: commonSh + stageSh,
		Args: []string{w.File, w.state.identity, strconv.Itoa(len(*w.next))},
		As:   "root", Stdin: bytes.NewReader(*w.next),
	})
	if err == nil {
		if w.staged = strings.TrimSpace(res.Stdout); w.staged == "" {
			err = fmt.Errorf("%s: stage %s: no answer", w.Runner.Server(), w.File)
		}
	}
	w.result.Err = err
}

// patience is how long a server is waited for once the push itself was given up.
const patience = 15 * time.Second

// discard removes staged files that will not be switched. A server that does not answer keeps its own until the next
// push, which replaces it.
func (p *Pusher) discard(ctx context.Context, all []*work) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	p.each(len(all), func(i int, _ func()) {
		w := all[i]
		if w.staged == absent {
			return
		}
		_, err := w.Runner.Run(ctx, remote.Command{
			Title: "discard what was staged", Script: commonSh + discardSh, Args: []string{w.File, w.staged}, As: "root",
		})
		if err != nil {
			w.result.Note = fmt.Sprintf("%s: %s.belt-new may be left: %v", w.Runner.Server(), w.File, err)
		}
	})
}
