package redis

import (
	"context"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// PlanDisable makes the request's targets servers of their own and removes from the primary all that served them. It
// also clears what an unfinished enable left.
func (e *Engine) PlanDisable(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	c := newChecker(req)
	primary := req.Topology.Primary
	reachable := c.Parting("its user", "")
	if primary == nil {
		req.Topology.Primary = &replication.Facts{}
	}
	var makings []making
	for _, t := range req.Targets {
		makings = append(makings, newMaking(req, t))
	}
	p.Checks = c.List
	if reachable {
		if s, needed := leastStep(req); needed {
			p.Steps = append(p.Steps, s)
		}
	}
	for _, m := range makings {
		if m.target.Err == nil {
			p.Steps = append(p.Steps, m.leaveSteps()...)
		}
	}
	if reachable {
		for _, m := range makings {
			p.Steps = append(p.Steps, m.forgetSteps()...)
		}
		if s, needed := restoring(req); needed {
			p.Steps = append(p.Steps, s)
			if s.Disrupts != "" && req.Topology.Top == nil {
				p.Estimate.PrimaryUnavailableSeconds = nativeOf(*primary).restartSeconds()
			}
		}
	}
	p.Estimate.Seconds = float64(3 * len(makings))
	return p, p.Validate()
}

// leaveSteps make the replica a server of its own.
func (m making) leaveSteps() []plan.Step {
	var steps []plan.Step
	if m.tn.notes.Unfinished != nil && !m.madeReplica() {
		steps = append(steps, m.unlink(), m.Step(plan.Step{
			ID: "clear", Server: m.To(), Title: "put its old data back", Lane: m.To(),
			Commands: []string{"mv " + m.OldDir() + "/* back", "systemctl start " + m.tn.Unit},
			Disrupts: m.To() + " restarts",
			Done: func(ctx context.Context) (bool, error) {
				there, err := m.Target.Seen(ctx, m.OldDir())
				if err != nil || there {
					return false, err
				}
				return answers(ctx, m.target) == nil, ctx.Err()
			},
			Do: func(ctx context.Context, _ plan.Progress) error {
				if err := m.PutBack(ctx, m.OldDir(), true); err != nil {
					return err
				}
				return m.Target.AwaitAnswer(ctx, answerPatience)
			},
			Undo: plan.Permanent("what the unfinished run had copied was of no use"),
		}))
	}
	if m.madeReplica() {
		steps = append(steps, m.leave()...)
	}
	return append(steps, m.clean(m.AllNotes()...))
}

// unlink takes Belt's file out of a configuration, before the old data is put back that must not be a replica's.
func (m making) unlink() plan.Step {
	return m.Step(plan.Step{
		ID: "unlink", Server: m.To(), Title: "take belt's file out of its configuration", Lane: m.To(), Commands: []string{"edit " + m.tn.Config},
		Done: func(ctx context.Context) (bool, error) {
			now, err := readConf(ctx, m.target)
			return !slices.ContainsFunc(now, func(d conf.Directive) bool { return d.Name == "include" && d.Value() == m.tn.dropIn() }), err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.unfollow(ctx) },
		Undo: plan.Undoable("put it back", func(ctx context.Context, _ plan.Progress) error {
			return included(ctx, m.target, m.tn.includes())
		}),
	})
}

// madeReplica tells whether the target is a replica now, or has what made it one and was let go behind Belt's back. One
// whose copy never came is neither.
func (m making) madeReplica() bool {
	if m.tn.notes.Unfinished != nil && m.tn.notes.Unfinished.Command == commandEnable {
		return m.target.Replica && m.target.Running && m.tn.Info["master_link_status"] == "up"
	}
	return m.target.Replica || m.tn.notes.Written != "" || m.tn.DropIn
}

// clean removes what Belt has on the replica's server beside its configuration, and the notes given.
func (m making) clean(notes ...string) plan.Step {
	notes = append(notes, savedFile(m.target)) // from when it was a primary, if it was
	return m.Step(plan.Step{
		ID: "clean", Server: m.To(), Title: "remove belt's files", Lane: m.To(),
		Commands: []string{"rm " + m.tn.dropIn() + " " + notes[0]},
		Done:     func(ctx context.Context) (bool, error) { return m.cleaned(ctx, notes) },
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := included(ctx, m.target, false); err != nil {
				return err
			}
			if err := m.impatient(ctx); err != nil {
				return err
			}
			return m.removeFiles(ctx, append([]string{m.tn.dropIn()}, notes...)...)
		},
		Undo: plan.Permanent("the replica is a server of its own now"),
	})
}

// cleaned tells whether the target has none of Belt's files any more.
func (m making) cleaned(ctx context.Context, notes []string) (bool, error) {
	files := append([]string{m.tn.Config, m.tn.dropIn(), m.rootCert(), m.ownCert(), serverCert(m.tn)}, notes...)
	result, err := m.target.Node.Runner.Run(ctx, replica.Look("look for what is to be removed", `config=$1 file=$2
shift
for f; do [ ! -e "$f" ] || exit 0; done
grep -qsF -- "include $file" "$config" || echo none; exit 0`, files...))
	return strings.TrimSpace(result.Stdout) == "none", err
}

// removeFiles removes files of Belt's at once, and the folder of the certificates with them.
func (m making) removeFiles(ctx context.Context, files ...string) error {
	_, err := m.target.Node.Runner.Run(ctx, replica.AsRoot("remove belt's files", `folder=$1
shift
rm -f -- "$@" "$folder"/*.crt "$folder"/*.key && { rmdir --ignore-fail-on-non-empty -- "$folder" 2>/dev/null || :; }`, append([]string{m.Secrets()}, files...)...))
	return err
}
