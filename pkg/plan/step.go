// Package plan holds what is going to be done, as data, and does it.
//
// A [Plan] is made of [Step]s by a pure function from facts; it is shown to the user, and the plan that was shown is
// the one that [Apply] runs. When a step fails, those before it are undone newest first. The package knows neither
// servers nor databases.
package plan

import (
	"context"
	"errors"
	"fmt"
)

// Step is one thing to do on one server.
type Step struct {
	ID       string   // unique in its plan and stable between runs, such as "seed.db2"
	Server   string   // as shown to the user
	Title    string   // "copy the data from db1"
	Commands []string // what it will run, secrets masked; for people
	Lane     string   // neighbouring steps of different lanes run side by side; a step without one runs alone
	Disrupts string   // what its users notice, such as "db1 restarts: about 3 s"; empty for nothing
	Destroys string   // data that cannot be had back afterwards; empty for none

	// Closes says that the primary takes no writes from here, and Opens that one takes them again from here. Between the two
	// writers wait.
	Closes, Opens bool

	// Adopt says that the facts show an unfinished earlier run of the same command, and that this step's effect, or a
	// half of it, may come from there. Then the step counts as this run's own: on failure it is undone although it was
	// skipped, and even when the run failed before it got here. A step found done in a healthy system has no Adopt:
	// a failure elsewhere must not take apart what somebody else built.
	Adopt bool

	// Done tells whether the step's effect is already there, by reading only; then Do is skipped, and Undo too unless
	// the step is adopted. Nil: always run.
	Done func(ctx context.Context) (bool, error)
	// Do brings the effect about. It may be run again after a crash half-way and must then finish the work.
	Do func(ctx context.Context, report Progress) error
	// Undo takes the effect back; it must also serve a Do that failed half-way, or before it began. It runs even when
	// the undo of a later step failed, so it looks before it acts.
	Undo Undo
}

// Undo is the way back from a step, or the reason why there is none. Make one with [Undoable],
// [NoEffect] or [Permanent].
type Undo struct {
	text     string
	do       func(ctx context.Context, report Progress) error
	noEffect bool
}

// Undoable is a way back; text says what it does ("drop the slot").
func Undoable(text string, do func(ctx context.Context, report Progress) error) Undo {
	return Undo{text: text, do: do}
}

// NoEffect is for a step that leaves nothing behind, such as one that waits or looks; text says so ("nothing: it only
// waits"). Such a step never counts as a change.
func NoEffect(text string) Undo { return Undo{text: text, noEffect: true} }

// Permanent says why a step has no way back ("the replica is its own server now").
func Permanent(reason string) Undo { return Undo{text: reason} }

// Text is what the undo does, or why there is none.
func (u Undo) Text() string { return u.text }

// Possible tells whether there is a way back.
func (u Undo) Possible() bool { return u.do != nil || u.noEffect }

// Run goes the way back. Where nothing was left behind, or nothing can be done, it does nothing.
func (u Undo) Run(ctx context.Context, report Progress) error {
	if u.do == nil {
		return nil
	}
	return u.do(ctx, report)
}

// Progress reports how far a step has come, in bytes. A zero total is unknown. Note says what is waited for.
type Progress func(done, total int64, note string)

// Check is one precondition and how it was met.
type Check struct {
	Name    string `json:"name"`
	Server  string `json:"server"`
	OK      bool   `json:"ok"`
	Detail  string `json:"detail"`
	Hint    string `json:"hint,omitempty"`
	Skipped bool   `json:"skipped,omitempty"` // failed, and the user said to go on
	Warning bool   `json:"warning,omitempty"` // worth knowing, does not refuse
	Vital   bool   `json:"-"`                 // cannot be skipped: nothing can be planned without it, or data would be lost
}

// Estimate is what the plan is expected to cost.
type Estimate struct {
	Bytes                     int64   `json:"bytes"`
	Seconds                   float64 `json:"seconds"`
	PrimaryUnavailableSeconds float64 `json:"primary_unavailable_seconds"`
}

// Plan is everything that one command is going to do.
type Plan struct {
	Command  string // "db replicate enable"
	Target   string // "shop/postgresql"
	Estimate Estimate
	Checks   []Check
	Steps    []Step
	Notes    []string // what the user should know and no step says

	// Then, where set, is called when every step is done, and returns the steps that could only be planned then: how a
	// database is copied to a server that has none yet. Its error fails the plan, and everything is undone. Notes say what
	// it will come to.
	Then func(context.Context) ([]Step, error)
}

// Validate refuses a plan that could not be shown or undone: a step without id, title or Do, two steps of one id, an
// undo that says nothing.
func (p Plan) Validate() error {
	var errs []error
	seen := map[string]bool{}
	for _, s := range p.Steps {
		switch {
		case s.ID == "" || s.Title == "":
			errs = append(errs, fmt.Errorf("a step of %q has no id or title: %+v", p.Command, s.Title))
		case seen[s.ID]:
			errs = append(errs, fmt.Errorf("step %s is there twice", s.ID))
		case s.Do == nil:
			errs = append(errs, fmt.Errorf("step %s does nothing", s.ID))
		case s.Undo.text == "":
			errs = append(errs, fmt.Errorf("step %s says neither how it is undone nor why it cannot be", s.ID))
		}
		seen[s.ID] = true
	}
	return errors.Join(errs...)
}

// Failed returns the checks that refuse the plan.
func (p Plan) Failed() []Check {
	var out []Check
	for _, c := range p.Checks {
		if !c.OK && !c.Skipped && !c.Warning {
			out = append(out, c)
		}
	}
	return out
}

// Refusal is a *RefusedError when checks refuse the plan, else nil.
func (p Plan) Refusal() error {
	if failed := p.Failed(); len(failed) > 0 {
		return &RefusedError{Checks: failed}
	}
	return nil
}
