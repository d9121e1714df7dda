package replicatest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// Connected is a world behind connections, and a command's plan for it.
type Connected interface {
	plantest.World
	plantest.Planner
	// Through puts something between Belt and every server; nil takes it away.
	Through(wrap func(remote.Runner) remote.Runner)
}

// EveryLostConnection breaks the connection at every command that changes something, before it arrives and after it was done,
// which is in the midst of steps. All is undone, or what is left is named; and the same command again brings about what an
// undisturbed run does.
func EveryLostConnection(t *testing.T, build func(*testing.T) Connected) {
	whole := build(t)
	initial := whole.Snapshot()
	var count atomic.Int64
	whole.Through(func(r remote.Runner) remote.Runner { return counting{r, &count} })
	if o := plan.Apply(t.Context(), whole.Plan(), nil, plan.Options{}); o.Err != nil {
		t.Fatal(o.Err)
	}
	want := whole.Snapshot()
	for n := 1; n <= int(count.Load()); n++ {
		for when, name := range map[remotetest.When]string{remotetest.Before: "before", remotetest.After: "after"} {
			t.Run(fmt.Sprintf("%d %s", n, name), func(t *testing.T) {
				lose(t, build(t), n, when, initial, want)
			})
		}
	}
}

func writes(c remote.Command) bool { return !c.ReadOnly }

// counting counts the commands that change something.
type counting struct {
	remote.Runner
	count *atomic.Int64
}

func (c counting) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	if writes(cmd) {
		c.count.Add(1)
	}
	return c.Runner.Run(ctx, cmd)
}

func lose(t *testing.T, w Connected, n int, when remotetest.When, initial, want map[string]string) {
	w.Through(remotetest.NewFaults(remotetest.Fault{Nth: n, When: when, Match: writes}).Wrap)
	o := plan.Apply(t.Context(), w.Plan(), nil, plan.Options{})
	switch {
	case o.Err == nil:
	case o.RolledBack:
		if d := cmp.Diff(initial, w.Snapshot()); d != "" {
			t.Errorf("%v: rolled back, the world (-want +got):\n%s", o.Err, d)
		}
	case len(o.Left) == 0:
		t.Errorf("%v: neither rolled back nor anything left", o.Err)
	}
	w.Through(nil)
	if again := plan.Apply(t.Context(), w.Plan(), nil, plan.Options{}); again.Err != nil {
		t.Fatalf("after %v, the same command again: %v", o.Err, again.Err)
	}
	if d := cmp.Diff(want, w.Snapshot()); d != "" {
		t.Errorf("after %v and the same command again, the world (-want +got):\n%s", o.Err, d)
	}
}
