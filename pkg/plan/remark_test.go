package plan_test

import (
	"context"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
)

// What a step measured is told with its end, and with no other step's.
func TestRemark(t *testing.T) {
	step := func(id, says string) plan.Step {
		return plan.Step{
			ID: id, Server: "db1", Title: id, Commands: []string{id}, Undo: plan.NoEffect("nothing"),
			Do: func(ctx context.Context, _ plan.Progress) error {
				if says != "" {
					plan.Remark(ctx, "away for %s", says)
				}
				return nil
			},
		}
	}
	var said []string
	observer := observerFunc(func(e plan.Event) {
		if e.Kind == plan.Finished {
			said = append(said, e.Step+": "+e.Note)
		}
	})
	p := plan.Plan{Steps: []plan.Step{step("restart", "3 s"), step("copy", "")}}
	if o := plan.Apply(t.Context(), p, observer, plan.Options{}); o.Err != nil {
		t.Fatal(o.Err)
	}
	if len(said) != 2 || said[0] != "restart: away for 3 s" || said[1] != "copy: " {
		t.Errorf("%q", said)
	}
	plan.Remark(t.Context(), "outside of a step, where nobody listens")
}

type observerFunc func(plan.Event)

func (f observerFunc) Event(e plan.Event) { f(e) }
