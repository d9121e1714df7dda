package replica

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Promotion is one change of the primary: who is who, and how far an unfinished run came.
type Promotion struct {
	Req    replication.Request
	After  replication.Request // about the same servers with the new roles: the new primary's replicas to be are its targets, the old primary first
	Run    string
	Adopt  bool // an unfinished run left its traces
	Lost   bool // the old primary is gone: what it had and the replica has not is lost
	Passed bool // the replica is the primary already
	Old    replication.Facts
	Next   replication.Facts
	Noted  json.RawMessage // what the engine noted in the unfinished run
}

// methodLost marks, in the note of an unfinished run, one that has to do without the old primary.
const methodLost = "lost"

// NewPromotion finds out who is who. It is nil when the target is the primary and no run was cut off; said is why it cannot be
// told.
func NewPromotion(req replication.Request, notes func(replication.Facts) Notes) (p *Promotion, said string) {
	next := req.Targets[0]
	p = &Promotion{Req: req, Run: req.Run, Next: next, Lost: req.Options.Lost}
	begun := notes(next).Unfinished
	switch primary := req.Topology.Primary; {
	case begun != nil && begun.Command == req.Command:
		p.Run, p.Adopt, p.Lost, p.Noted = begun.Run, true, begun.Method == methodLost, begun.Engine
		old, known := memberOf(req.Topology, func(f replication.Facts) bool { return f.Node.Key() == begun.Primary })
		if !known {
			return nil, fmt.Sprintf("%s was about to take over from %s, which is no member any more", next.Node.Label, begun.Primary)
		}
		p.Old, p.Passed = old, next.Running && !next.Replica
	case primary == nil:
		old, known := memberOf(req.Topology, func(f replication.Facts) bool { return !f.Node.Same(next.Node) && FollowsNode(next, f.Node) })
		if !known || !p.Lost {
			return nil, "no server of it is the primary, so there is none to take over from"
		}
		p.Old = old
	case primary.Node.Same(next.Node):
		return nil, ""
	case chained(req.Topology, next) != "":
		return nil, chained(req.Topology, next)
	default:
		p.Old = *primary
	}
	p.After = req
	p.After.Topology.Primary, p.After.Targets = &p.Next, []replication.Facts{p.Old}
	for _, r := range req.Topology.Replicas {
		if _, chained := req.Topology.Chained(r.Facts.Node); chained {
			continue // it goes on replicating from the replica that it has
		}
		if f := r.Facts; !f.Node.Same(next.Node) && !f.Node.Same(p.Old.Node) {
			p.After.Targets = append(p.After.Targets, f)
		}
	}
	return p, ""
}

// chained says why a replica of a replica takes over from nobody; empty for any other.
func chained(t replication.Topology, next replication.Facts) string {
	source, is := t.Chained(next.Node)
	if !is {
		return ""
	}
	return fmt.Sprintf("%s replicates from %s, which is itself a replica: promote that one, and %[1]s goes on as its replica; or make %[1]s a replica "+
		"of the primary first", next.Node.Label, source.Label)
}

// memberOf finds a member, whatever part it plays.
func memberOf(t replication.Topology, is func(replication.Facts) bool) (replication.Facts, bool) {
	if t.Primary != nil && is(*t.Primary) {
		return *t.Primary, true
	}
	for _, r := range t.Replicas {
		if is(r.Facts) {
			return r.Facts, true
		}
	}
	for _, f := range t.Standalone {
		if is(f) {
			return f, true
		}
	}
	return replication.Facts{}, false
}

// Step fills in what the steps of a promotion share.
func (p *Promotion) Step(s plan.Step, at string) plan.Step {
	s.ID, s.Server, s.Adopt = s.ID+"."+at, at, p.Adopt
	return s
}

// Turned makes a replica in the making one of this run.
func (p *Promotion) Turned(m Making) Making {
	m.Run, m.Adopt, m.Command = p.Run, p.Adopt, p.Req.Command
	return m
}

// Refused is the plan of a promotion of which it cannot be told who is who.
func (p *Promotion) Refused(req replication.Request, said string) plan.Plan {
	c := Checker{Req: req}
	c.Refuse("primary", "", "belt db status "+req.Topology.Target, "%s", said)
	return plan.Plan{Command: req.Command, Target: req.Topology.Target, Checks: c.List}
}

// Begin notes on both servers that a run is under way. engine is what it has to know to take the run up; left tells whether
// the old primary is not what it was before.
func (p *Promotion) Begin(old, next Instance, engine any, left func(context.Context) (bool, error)) plan.Step {
	note := Unfinished{Run: p.Run, Command: p.Req.Command, Primary: p.Old.Node.Key(), Replica: p.Next.Node.Key(), Running: true}
	if p.Lost {
		note.Method = methodLost
	}
	return p.Step(plan.Step{
		ID: "begin", Title: "note that a run is under way", Commands: p.noteCommands("write ", old, next),
		Do: func(ctx context.Context, _ plan.Progress) error {
			var err error
			if note.Engine, err = json.Marshal(engine); err != nil {
				return err
			}
			return SideBySide(
				func() error { return PutState(ctx, next.Runner(), next.StateFile("run"), note) },
				func() error {
					if p.Old.Err != nil {
						return nil
					}
					return PutState(ctx, old.Runner(), old.StateFile("run"), note)
				},
			)
		},
		Undo: plan.Undoable("remove the notes", func(ctx context.Context, _ plan.Progress) error {
			// What could not be undone stays the business of the next run.
			if p.Old.Err == nil {
				if there, err := left(ctx); err != nil || there {
					return err
				}
			}
			return p.dropNotes(ctx, old, next)
		}),
	}, p.Next.Node.Label)
}

// noteCommands do something to the notes on both servers.
func (p *Promotion) noteCommands(do string, old, next Instance) []string {
	commands := []string{do + next.StateFile("run")}
	if p.Old.Err == nil {
		commands = append(commands, "on "+p.Old.Node.Label+": "+do+old.StateFile("run"))
	}
	return commands
}

// dropNotes removes the one by which the next run finds this one last.
func (p *Promotion) dropNotes(ctx context.Context, old, next Instance) error {
	if p.Old.Err == nil {
		if err := DropState(ctx, old.Runner(), old.StateFile("run")); err != nil {
			return err
		}
	}
	return DropState(ctx, next.Runner(), next.StateFile("run"))
}

// Finish removes the notes.
func (p *Promotion) Finish(old, next Instance) plan.Step {
	s := p.Step(plan.Step{
		ID: "finish", Title: "note that the run is complete", Commands: p.noteCommands("rm ", old, next),
		Do:   func(ctx context.Context, _ plan.Progress) error { return p.dropNotes(ctx, old, next) },
		Undo: plan.NoEffect("nothing: it is complete"),
	}, p.Next.Node.Label)
	s.Adopt = false
	return s
}

// Resync is the command that makes a server a replica again.
func (p *Promotion) Resync(n replication.Node) string {
	return ResyncOf(n)
}

// Notes are what a promotion of any engine has to say; loss is what the lost primary costs, and turned are those who follow
// the new one at once.
func (p *Promotion) Notes(loss string, turned []replication.Facts, fenced bool) []string {
	next, old := p.Next.Node.Label, p.Old.Node.Label
	var out []string
	if p.Adopt {
		out = append(out, fmt.Sprintf("%s: takes up run %s, which did not finish", next, p.Run))
	}
	switch {
	case p.Lost && fenced:
		out = append(out, loss, fmt.Sprintf("%s is kept from taking writes; %s makes it a replica", old, p.Resync(p.Old.Node)))
	case p.Lost:
		out = append(out, loss, fmt.Sprintf("%s cannot be reached, so it cannot be kept from taking writes when it comes back: keep it off, or out of "+
			"the network, until %s", old, p.Resync(p.Old.Node)))
	}
	for _, f := range p.After.Targets[1:] {
		if !inFacts(turned, f) {
			out = append(out, fmt.Sprintf("%s is not turned to %s now; afterwards: %s", f.Node.Label, next, p.Resync(f.Node)))
		}
	}
	if len(p.Next.Kept) > 0 {
		out = append(out, fmt.Sprintf("%s: what it kept for undo is of no use to a primary: belt db replicate cleanup %s deletes it", next, p.Req.Topology.Target))
	}
	return out
}

func inFacts(list []replication.Facts, f replication.Facts) bool {
	for _, one := range list {
		if one.Node.Same(f.Node) {
			return true
		}
	}
	return false
}
