package plan_test

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/dbbelt/belt/pkg/plan"
)

// world is what synthetic plans change: names that are there or not.
type world struct {
	mu     sync.Mutex
	things map[string]string
	log    []string // in which order it was changed
}

func newWorld() *world { return &world{things: map[string]string{"data": "old"}} }

func (w *world) Snapshot() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.things)
}

func (w *world) has(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.things[id]
	return ok
}

func (w *world) put(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.things[id] = "there"
	w.log = append(w.log, "+"+id)
}

func (w *world) drop(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.things, id)
	w.log = append(w.log, "-"+id)
}

// step makes the thing named id, unless it is there, and takes it away again.
func (w *world) step(id, lane string) plan.Step {
	return plan.Step{
		ID: id, Server: "db1", Title: "make " + id, Lane: lane, Commands: []string{"make " + id},
		Done: func(context.Context) (bool, error) { return w.has(id), nil },
		Do: func(ctx context.Context, report plan.Progress) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			report(1, 2, "")
			w.put(id)
			return nil
		},
		Undo: plan.Undoable("take "+id+" away", func(ctx context.Context, _ plan.Progress) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			w.drop(id)
			return nil
		}),
	}
}

func planOf(steps ...plan.Step) plan.Plan {
	return plan.Plan{Command: "test", Target: "shop/postgresql", Steps: steps}
}

var errBoom = errors.New("boom")

func fail(s plan.Step) plan.Step {
	s.Do = func(context.Context, plan.Progress) error { return errBoom }
	return s
}

// watch collects events as "kind step".
type watch struct {
	events []plan.Event
	on     func(plan.Event)
}

func (w *watch) Event(e plan.Event) {
	w.events = append(w.events, e)
	if w.on != nil {
		w.on(e)
	}
}

func (w *watch) kinds() []string {
	var out []string
	for _, e := range w.events {
		out = append(out, string(e.Kind)+" "+e.Step)
	}
	return out
}

func statuses(o plan.Outcome) map[string]plan.Status {
	out := map[string]plan.Status{}
	for _, s := range o.Steps {
		out[s.ID] = s.Status
	}
	return out
}
