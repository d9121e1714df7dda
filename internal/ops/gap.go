package ops

import (
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// gap measures how long a run leaves the databases without a primary that takes writes: from when it begins to close the one
// until the other is open, or the first again. It hands every event on.
type gap struct {
	next           plan.Observer
	closes, opens  map[string]bool // by the step's id
	closed, opened time.Time
}

func newGap(next plan.Observer, p plan.Plan) *gap {
	g := &gap{next: next, closes: map[string]bool{}, opens: map[string]bool{}}
	for _, s := range p.Steps {
		g.closes[s.ID], g.opens[s.ID] = s.Closes, s.Opens
	}
	return g
}

// Event takes the time of a step that closes or opens the primary.
func (g *gap) Event(e plan.Event) {
	switch {
	case e.Kind == plan.Started && g.closes[e.Step]:
		g.closed = e.Time
	case e.Kind == plan.Finished && g.opens[e.Step], e.Kind == plan.Undone && g.closes[e.Step]:
		g.opened = e.Time
	}
	g.next.Event(e)
}

// seconds is 0 where the primary was never closed, and -1 where it still is.
func (g *gap) seconds() float64 {
	switch {
	case g.closed.IsZero():
		return 0
	case g.opened.Before(g.closed):
		return -1
	}
	return g.opened.Sub(g.closed).Seconds()
}
