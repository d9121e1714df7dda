package replica

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/plan"
)

// Begun says what an engine adds to the note that a run is under way.
type Begun struct {
	Method string // how the replica is mended, for a run that takes this one up
	Engine any    // what the engine has to know to take the run up
	// Left tells whether something of the run is still on the primary; nil where nothing can be.
	Left func(context.Context) (bool, error)
	// Places are further folders of the copy.
	Places []string
}

// Begin notes on both servers that a run is under way, so that status names it and the next run can finish or clear it.
func (m Making) Begin(b Begun) plan.Step {
	note := Unfinished{
		Run: m.Run, Command: m.Command, Primary: m.Primary.Facts.Node.Key(), Replica: m.Target.Facts.Node.Key(),
		Method: b.Method, Running: m.Ran,
	}
	return m.Step(plan.Step{
		ID: "begin", Server: m.To(), Title: "note that a run is under way", Commands: []string{"write " + m.RunFile()},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if b.Engine != nil {
				var err error
				if note.Engine, err = json.Marshal(b.Engine); err != nil {
					return err
				}
			}
			if !m.Adopt && (m.Target.Notes.NewFolder || m.Target.Notes.Seeding) {
				// What a run of another kind left is of no use to this one.
				if err := m.DropCopy(ctx, b.Places...); err != nil {
					return err
				}
			}
			return SideBySide(
				func() error { return PutState(ctx, m.Primary.Runner(), m.BegunFile(), note) },
				func() error { return PutState(ctx, m.Target.Runner(), m.RunFile(), note) },
			)
		},
		Undo: plan.Undoable("remove the note", func(ctx context.Context, _ plan.Progress) error {
			// What could not be undone stays the business of the next run.
			if left, err := m.left(ctx, b.Left); err != nil || left {
				return err
			}
			if err := DropState(ctx, m.Target.Runner(), m.RunFile()); err != nil {
				return err
			}
			return DropState(ctx, m.Primary.Runner(), m.BegunFile())
		}),
	})
}

// left tells whether something of this run is still there: a folder, what the engine looks for, a server that does not
// run any more.
func (m Making) left(ctx context.Context, more func(context.Context) (bool, error)) (bool, error) {
	result, err := m.Target.Runner().Run(ctx, Look("look for what the run made",
		`[ ! -e "$1" ] && [ ! -e "$2" ] || echo left; exit 0`, m.NewDir(), m.OldDir()))
	if err != nil || strings.TrimSpace(result.Stdout) == "left" {
		return true, err
	}
	if more != nil {
		if there, err := more(ctx); err != nil || there {
			return true, err
		}
	}
	if !m.Ran {
		return false, nil
	}
	err = m.Target.Answers(ctx)
	return err != nil, ctx.Err()
}

// SideBySide does things on different servers at the same time, all of them to their end.
func SideBySide(work ...func() error) error {
	errs := make([]error, len(work))
	var wg sync.WaitGroup
	for i, do := range work {
		wg.Go(func() { errs[i] = do() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Finish removes the note of begin: the replica is proven.
func (m Making) Finish(begin plan.Step) plan.Step {
	s := m.Step(plan.Step{
		ID: "finish", Server: m.To(), Title: "note that the run is complete", Commands: []string{"rm " + m.RunFile()},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := job.At(m.Target.Runner(), m.JobID()).Remove(ctx); err != nil {
				return err
			}
			return SideBySide(
				func() error { return DropState(ctx, m.Target.Runner(), m.RunFile(), m.SwappedFile()) },
				func() error { return DropState(ctx, m.Primary.Runner(), m.BegunFile()) },
			)
		},
		Undo: plan.Undoable("note again that a run is under way", begin.Do),
	})
	s.Adopt = false // it is never found done
	return s
}

// Together makes one step of the last ones: the run is complete for all of its replicas or for none.
func Together(steps []plan.Step) plan.Step {
	if len(steps) == 1 {
		return steps[0]
	}
	all := plan.Step{ID: "finish", Title: steps[0].Title}
	each := func(do func(plan.Step) error) error {
		var errs []error
		for _, s := range steps {
			errs = append(errs, do(s))
		}
		return errors.Join(errs...)
	}
	var servers []string
	for _, s := range steps {
		servers = append(servers, s.Server)
		all.Commands = append(all.Commands, Prefixed("on "+s.Server+": ", s.Commands)...)
	}
	all.Title += " for " + strings.Join(servers, ", ")
	all.Do = func(ctx context.Context, report plan.Progress) error {
		return each(func(s plan.Step) error { return s.Do(ctx, report) })
	}
	all.Undo = plan.Undoable(steps[0].Undo.Text(), func(ctx context.Context, report plan.Progress) error {
		return each(func(s plan.Step) error { return s.Undo.Run(ctx, report) })
	})
	return all
}
