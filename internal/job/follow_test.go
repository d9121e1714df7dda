package job

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// cut is a server whose connection is broken for the next few commands.
type cut struct {
	remote.Runner
	left *atomic.Int32
	err  error
}

func (c cut) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	if c.left.Add(-1) >= 0 {
		return remote.Result{}, c.err
	}
	return c.Runner.Run(ctx, cmd)
}

func TestFollowOutlivesALostConnection(t *testing.T) {
	w := newWorld(t)
	w.start(w.spec(`progress 1 2 half; until [ -e "$1" ]; do sleep 0.05; done; progress 2 2`, w.file("go")))
	lost := &remote.LostError{Server: "db2", Title: "follow", Err: errors.New("broken pipe")}
	var times atomic.Int32
	j := At(cut{db2, &times, lost}, w.id, In(w.base))
	j.at.wait = time.Second
	var notes []string
	err := j.Follow(t.Context(), func(done, total int64, note string) {
		notes = append(notes, note)
		switch len(notes) {
		case 1:
			times.Store(2)
		case 3:
			w.touch("go")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) < 4 || notes[0] != "half" || !strings.Contains(notes[1], "connection lost") || notes[len(notes)-1] != "" {
		t.Errorf("notes %q", notes)
	}
}

func TestFollowLetsGo(t *testing.T) {
	w := newWorld(t)
	w.start(w.spec("exec sleep 1000"))
	changed := &remote.HostKeyError{Server: "db2", Changed: true}
	down := &remote.UnreachableError{Server: "db2", Err: errors.New("no route")}
	for name, c := range map[string]struct {
		err      error
		patience time.Duration
	}{
		"the server stays away":       {down, 600 * time.Millisecond},
		"it is another server by now": {changed, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			var times atomic.Int32
			times.Store(1000)
			j := At(cut{db2, &times, c.err}, w.id, In(w.base), Patience(c.patience))
			err := j.Follow(t.Context(), nil)
			if _, ok := errors.AsType[*plan.Detached](err); !ok || !errors.Is(err, c.err) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("the lock was lost with the connection", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(down)
		err := At(db2, w.id, In(w.base)).Follow(ctx, nil)
		if _, ok := errors.AsType[*plan.Detached](err); !ok || !errors.Is(err, down) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the user interrupts", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(plan.ErrInterrupt)
		if err := At(db2, w.id, In(w.base)).Follow(ctx, nil); err != plan.ErrInterrupt {
			t.Errorf("got %v", err)
		}
	})
	if st, err := At(db2, w.id, In(w.base)).Status(t.Context()); err != nil || st.State != Running {
		t.Errorf("after all this it is %s, %v", st.State, err)
	}
}
