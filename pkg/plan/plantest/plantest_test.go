package plantest_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
)

// world is a map that steps put things into.
type world map[string]string

func (w world) Snapshot() map[string]string { return maps.Clone(w) }

func (w world) step(id string) plan.Step {
	return plan.Step{
		ID: id, Server: "db1", Title: "make " + id,
		Done: func(context.Context) (bool, error) { return w[id] != "", nil },
		Do: func(ctx context.Context, _ plan.Progress) error {
			w[id] = "there"
			return ctx.Err()
		},
		Undo: plan.Undoable("drop "+id, func(context.Context, plan.Progress) error { delete(w, id); return nil }),
	}
}

// replanned is a world that makes its plan anew, and adopts what an earlier run began.
type replanned struct{ world }

func (r replanned) Plan() plan.Plan {
	p := r.fresh()
	for i := range p.Steps {
		p.Steps[i].Adopt = len(r.world) > 1
	}
	return p
}

func (r replanned) fresh() plan.Plan {
	wait := plan.Step{ID: "wait", Title: "wait", Undo: plan.NoEffect("nothing"),
		Do: func(ctx context.Context, _ plan.Progress) error { return ctx.Err() }}
	return plan.Plan{Command: "test", Steps: []plan.Step{r.step("slot"), r.step("seed"), wait, r.step("start")}}
}

func TestGoodPlans(t *testing.T) {
	t.Run("undoable", func(t *testing.T) {
		plantest.EveryFailure(t, func() (plan.Plan, plantest.World) {
			w := world{"data": "old"}
			return replanned{w}.fresh(), w
		})
	})
	t.Run("replanned", func(t *testing.T) {
		plantest.EveryFailure(t, func() (plan.Plan, plantest.World) {
			w := replanned{world{"data": "old"}}
			return w.Plan(), w
		})
	})
	t.Run("permanent", func(t *testing.T) {
		plantest.EveryFailure(t, func() (plan.Plan, plantest.World) {
			w := world{"data": "old"}
			p := replanned{w}.fresh()
			p.Steps[1].Undo = plan.Permanent("no way back")
			return p, w
		})
	})
}

// bad are plans with a defect that EveryFailure must find.
var bad = map[string]func(w world) []plan.Step{
	"the undo does nothing": func(w world) []plan.Step {
		s := w.step("slot")
		s.Undo = plan.Undoable("drop it", func(context.Context, plan.Progress) error { return nil })
		return []plan.Step{s, w.step("seed")}
	},
	"the undo does not serve a half": func(w world) []plan.Step {
		s := w.step("slot")
		done := false
		do := s.Do
		s.Do = func(ctx context.Context, r plan.Progress) error {
			err := do(ctx, r)
			done = err == nil
			return err
		}
		s.Undo = plan.Undoable("drop it", func(context.Context, plan.Progress) error {
			if done {
				delete(w, "slot")
			}
			return nil
		})
		return []plan.Step{s}
	},
	"it claims to have no effect": func(w world) []plan.Step {
		s := w.step("slot")
		s.Undo = plan.NoEffect("nothing")
		return []plan.Step{s, w.step("seed")}
	},
	"it cannot be run twice": func(w world) []plan.Step {
		s := w.step("slot")
		s.Done = nil
		s.Do = func(context.Context, plan.Progress) error {
			if w["slot"] != "" {
				return os.ErrExist
			}
			w["slot"] = "there"
			return nil
		}
		return []plan.Step{s, w.step("seed")}
	},
	"it changes nothing": func(w world) []plan.Step {
		s := w.step("slot")
		s.Undo = plan.NoEffect("nothing")
		return []plan.Step{s}
	},
}

// TestBadPlans runs EveryFailure on each bad plan in a process of its own, where it has to fail.
func TestBadPlans(t *testing.T) {
	if name := os.Getenv("BAD_PLAN"); name != "" {
		plantest.EveryFailure(t, func() (plan.Plan, plantest.World) {
			w := world{"data": "old"}
			return plan.Plan{Command: "test", Steps: bad[name](w)}, w
		})
		return
	}
	for name := range bad {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBadPlans$")
			cmd.Env = append(os.Environ(), "BAD_PLAN="+name)
			if out, err := cmd.CombinedOutput(); err == nil {
				t.Errorf("passed:\n%s", out)
			}
		})
	}
}
