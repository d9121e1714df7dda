package ops

import (
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

type nobody struct{}

func (nobody) Event(plan.Event) {}

// The time without a primary is that between the two steps, or until the first was undone; a step may be both.
func TestGap(t *testing.T) {
	p := plan.Plan{Steps: []plan.Step{{ID: "close", Closes: true}, {ID: "push"}, {ID: "open", Opens: true}, {ID: "both", Closes: true, Opens: true}}}
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	for name, c := range map[string]struct {
		events []plan.Event
		want   float64
	}{
		"none":          {[]plan.Event{{Kind: plan.Started, Step: "push", Time: at(1)}}, 0},
		"closed, open":  {[]plan.Event{{Kind: plan.Started, Step: "close", Time: at(1)}, {Kind: plan.Finished, Step: "close", Time: at(2)}, {Kind: plan.Finished, Step: "open", Time: at(4)}}, 3},
		"rolled back":   {[]plan.Event{{Kind: plan.Started, Step: "close", Time: at(1)}, {Kind: plan.Failed, Step: "open", Time: at(4)}, {Kind: plan.Undone, Step: "close", Time: at(6)}}, 5},
		"still closed":  {[]plan.Event{{Kind: plan.Started, Step: "close", Time: at(1)}, {Kind: plan.NotUndone, Step: "close", Time: at(6)}}, -1},
		"one step":      {[]plan.Event{{Kind: plan.Started, Step: "both", Time: at(1)}, {Kind: plan.Finished, Step: "both", Time: at(3)}}, 2},
		"only unlocked": {[]plan.Event{{Kind: plan.Started, Step: "open", Time: at(1)}, {Kind: plan.Finished, Step: "open", Time: at(3)}}, 0},
	} {
		g := newGap(nobody{}, p)
		for _, e := range c.events {
			g.Event(e)
		}
		if got := g.seconds(); got != c.want {
			t.Errorf("%s: %v s, want %v", name, got, c.want)
		}
	}
}
