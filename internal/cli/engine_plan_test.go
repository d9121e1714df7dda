package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

func (e toy) PlanEnable(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target, Estimate: plan.Estimate{Bytes: 1000, Seconds: 1}}
	for _, f := range req.Targets {
		if following(req.Topology, f) {
			continue
		}
		p.Checks = e.Check(req)
		p.Steps = append(p.Steps, becomes(f, "seed", "copy the data from "+req.Topology.Primary.Node.Label,
			instance{Role: "replica", Follows: req.Topology.Primary.Node.Key(), Kept: true}))
		// As an engine's: the steps of a command that goes on with these have other names.
		p.Steps = append(p.Steps, plan.Step{ID: "reach." + f.Node.Label, Server: f.Node.Label, Title: "reach the primary", Lane: f.Node.Label,
			Do: func(context.Context, plan.Progress) error { return nil }, Undo: plan.NoEffect("nothing: it only looks")})
	}
	return p, nil
}

func following(t replication.Topology, f replication.Facts) bool {
	for _, r := range t.Replicas {
		if r.Facts.Node.Same(f.Node) {
			return r.State.Healthy() && r.Facts.Follows == t.Primary.Node.Key()
		}
	}
	return false
}

// becomes is the step that gives a server another role.
func becomes(f replication.Facts, id, title string, to instance) plan.Step {
	before, _ := f.Native.(instance)
	r := f.Node.Runner
	put := func(ctx context.Context, now instance) error {
		return store(ctx, r, func(in *instance) {
			in.Role, in.Follows, in.State, in.Kept = now.Role, now.Follows, now.State, now.Kept
		})
	}
	return plan.Step{
		ID: id + "." + f.Node.Label, Server: f.Node.Label, Title: title, Commands: []string{"cat > /db.json"}, Lane: f.Node.Label,
		Do: func(ctx context.Context, report plan.Progress) error {
			report(500, 1000, "")
			switch id {
			case before.Fail:
				return fmt.Errorf("%s: %s went wrong", f.Node.Label, id)
			case strings.TrimSuffix(before.Fail, "+undo"):
				return errors.Join(put(ctx, to), fmt.Errorf("%s: %s went wrong half-way", f.Node.Label, id))
			case strings.TrimSuffix(before.Hang, "+undo"):
				if _, err := r.Run(ctx, remote.Command{Title: "say so", Script: `: > "$1"`, Args: []string{"/hangs"}}); err != nil {
					return err
				}
				<-ctx.Done()
				return context.Cause(ctx)
			}
			return put(ctx, to)
		},
		Undo: plan.Undoable("put back what was there", func(ctx context.Context, _ plan.Progress) error {
			if strings.HasSuffix(before.Fail, "+undo") {
				return fmt.Errorf("%s: undo went wrong", f.Node.Label)
			}
			if strings.HasSuffix(before.Hang, "+undo") {
				if _, err := r.Run(ctx, remote.Command{Title: "say so", Script: `: > "$1"`, Args: []string{"/undoes"}}); err != nil {
					return err
				}
				<-ctx.Done()
				return context.Cause(ctx)
			}
			return put(ctx, before)
		}),
	}
}

func (toy) PlanDisable(req replication.Request) (plan.Plan, error) {
	var p plan.Plan
	for _, f := range req.Targets {
		if in, _ := f.Native.(instance); in.Role == "replica" {
			p.Steps = append(p.Steps, becomes(f, "part", "make it a server of its own", instance{Role: "standalone", Kept: in.Kept}))
		}
	}
	return p, nil
}

func (toy) PlanResync(req replication.Request) (plan.Plan, error) {
	var p plan.Plan
	for _, f := range req.Targets {
		if !following(req.Topology, f) {
			p.Steps = append(p.Steps, becomes(f, "mend", "start it", instance{Role: "replica", Follows: req.Topology.Primary.Node.Key(), Kept: true}))
		}
	}
	return p, nil
}

// PlanPromote swaps the roles. The step "open" is the point of no return.
func (toy) PlanPromote(req replication.Request) (plan.Plan, error) {
	var p plan.Plan
	next, primary := req.Targets[0], req.Topology.Primary
	if primary == nil || primary.Node.Same(next.Node) {
		return p, nil
	}
	p.Estimate = plan.Estimate{Seconds: 2, PrimaryUnavailableSeconds: 1}
	p.Checks = append(p.Checks, plan.Check{Name: "lag", Server: next.Node.Label, OK: following(req.Topology, next), Detail: "it follows " + next.Follows})
	follow := instance{Role: "replica", Follows: next.Node.Key()}
	stop := becomes(*primary, "stop", "stop the primary", follow)
	stop.Lane, stop.Closes = "", true
	open := becomes(next, "open", "make it the primary", instance{Role: "primary"})
	open.Lane, open.Opens, open.Undo = "", true, plan.Permanent("it is the primary now")
	p.Steps = append(p.Steps, stop, open)
	for _, r := range req.Topology.Replicas {
		if _, chained := req.Topology.Chained(r.Facts.Node); !chained && !r.Facts.Node.Same(next.Node) {
			s := becomes(r.Facts, "turn", "follow "+next.Node.Label, follow)
			s.Undo = plan.Permanent("there is another primary now")
			p.Steps = append(p.Steps, s)
		}
	}
	return p, nil
}

func (toy) PlanUndo(req replication.Request) (plan.Plan, error) {
	var p plan.Plan
	for _, f := range req.Targets {
		if in, _ := f.Native.(instance); in.Kept {
			p.Steps = append(p.Steps, becomes(f, "undo", "put back the old data", instance{Role: "standalone"}))
		}
	}
	return p, nil
}

func (toy) PlanCleanup(req replication.Request) (plan.Plan, error) {
	var p plan.Plan
	for _, f := range req.Targets {
		if in, _ := f.Native.(instance); in.Kept {
			now := in
			now.Kept = false
			s := becomes(f, "cleanup", "delete the old data", now)
			s.Undo, s.Destroys = plan.Permanent("it is deleted"), "the data kept for undo"
			p.Steps = append(p.Steps, s)
		}
	}
	return p, nil
}
