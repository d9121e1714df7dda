package redis

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// busy is a replica that is slow to tell how it is doing once it has been started.
type busy struct {
	remote.Runner
	asked *atomic.Int64
}

func (b busy) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	switch remote.Title(cmd) {
	case "look how the replica is doing":
		if b.asked.Add(1) == 2 { // the first is whether there is anything to do
			time.Sleep(soon + soon/2)
		}
	case "measure the copy":
		return remote.Result{Stdout: "5000000\n"}, nil
	}
	return b.Runner.Run(ctx, cmd)
}

type events []plan.Event

func (e *events) Event(one plan.Event) { *e = append(*e, one) }

// TestProgressOfBusyReplica: while it loads what comes in and does not answer, what it has received is told.
func TestProgressOfBusyReplica(t *testing.T) {
	s := newScene(t, "7.0.15", commandEnable, "db2")
	asked := new(atomic.Int64)
	s.Wrap = func(r remote.Runner) remote.Runner { return busy{r, asked} }
	var seen events
	if o := plan.Apply(t.Context(), s.Plan(), &seen, plan.Options{}); o.Err != nil {
		t.Fatal(o.Err)
	}
	for _, e := range seen {
		if e.Kind == plan.Moved && e.Step == "start.db2" && e.Done == 5000000 {
			return
		}
	}
	t.Errorf("nothing told of the copy: %+v", seen)
}

// TestCopiesThatBreakOff: a primary that begins a copy again and again is found out; one that makes many at once is not.
func TestCopiesThatBreakOff(t *testing.T) {
	watching := func(s *scene) *watch {
		req := s.request()
		w := newMaking(req, req.Targets[0]).newWatch(t.Context())
		w.began = time.Now().Add(-time.Minute)
		return w
	}
	many := newScene(t, "7.0.15", commandEnable, "db2", "db3", "db4", "db5")
	w := watching(many)
	many.do(commandEnable, replication.Options{})
	if err := w.again(t.Context(), ""); err != nil {
		t.Errorf("four copies at once: %v", err)
	}

	one := newScene(t, "7.0.15", commandEnable, "db2")
	w = watching(one)
	one.do(commandEnable, replication.Options{})
	for range attempts - 1 {
		one.target().Stop()
		one.primary().Forget()
		one.target().Crash()
	}
	if err := w.again(t.Context(), "it was lost"); err == nil || !strings.Contains(err.Error(), "begun 4 times") {
		t.Errorf("four copies, one after the other: %v", err)
	}
}

// forgetful is a replica whose primary begins a history of its own once it was asked how far it is.
type forgetful struct {
	remote.Runner
	primary interface{ Crash() }
	once    *sync.Once
}

func (f forgetful) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	if remote.Title(cmd) == "read the replica's position" {
		f.once.Do(f.primary.Crash)
	}
	return f.Runner.Run(ctx, cmd)
}

// TestPrimaryRestartsInTheProof: what a replica is compared with is the history that its primary has by then.
func TestPrimaryRestartsInTheProof(t *testing.T) {
	s := newScene(t, "7.0.15", commandEnable, "db2")
	once := new(sync.Once)
	s.Wrap = func(r remote.Runner) remote.Runner { return forgetful{r, s.primary(), once} }
	if o := plan.Apply(t.Context(), s.Plan(), nil, plan.Options{}); o.Err != nil {
		t.Fatal(o.Err)
	}
}
