package postgresql

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/job"
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
	reachable := c.Parting("its slot and role", "the role")
	if primary == nil {
		req.Topology.Primary = &replication.Facts{}
	}
	var makings []making
	for _, t := range req.Targets {
		makings = append(makings, newMaking(req, t))
	}
	p.Checks = c.List
	for _, m := range makings {
		if m.Target.Facts.Err == nil {
			p.Steps = append(p.Steps, m.leaveSteps()...)
		}
	}
	if reachable {
		for _, m := range makings {
			p.Steps = append(p.Steps, m.forgetSteps()...)
		}
		if s, needed := restoreLast(req); needed {
			p.Steps = append(p.Steps, s)
			if s.Disrupts != "" && req.Topology.Top == nil {
				p.Estimate.PrimaryUnavailableSeconds = restartSeconds
			}
		}
	} else if top := req.Topology.Top; top != nil && top.Running {
		for _, m := range makings {
			p.Steps = append(p.Steps, m.forgetRole())
		}
	}
	p.Estimate.Seconds = float64(4 * len(makings))
	return p, p.Validate()
}

// last tells whether no replica is left once the targets are gone.
func last(req replication.Request) bool {
	gone := map[string]bool{}
	for _, t := range req.Targets {
		gone[replicaName(t.Node)] = true
	}
	n := nativeOf(*req.Topology.Primary)
	for _, r := range req.Topology.Replicas {
		if !gone[replicaName(r.Facts.Node)] {
			return false
		}
	}
	for _, s := range n.Slots {
		if strings.HasPrefix(s.Name, "belt_") && !gone[s.Name] {
			return false
		}
	}
	return true
}

// leaveSteps make the replica a server of its own.
func (m making) leaveSteps() []plan.Step {
	var steps []plan.Step
	if m.tn.Unfinished != nil && !m.Target.Facts.Replica || m.tn.NewFolder {
		steps = append(steps, m.Step(plan.Step{
			ID: "clear", Server: m.To(), Title: "delete the unfinished copy", Lane: m.To(), Commands: []string{"rm -rf " + m.NewDir()},
			Done: func(ctx context.Context) (bool, error) {
				copied, err1 := m.Target.Seen(ctx, m.NewDir())
				data, err2 := m.Target.Seen(ctx, m.tn.DataDir)
				return !copied && data, errors.Join(err1, err2)
			},
			Do: func(ctx context.Context, _ plan.Progress) error {
				if err := m.DropCopy(ctx, m.places()...); err != nil {
					return err
				}
				return m.FinishUnswap(ctx)
			},
			Undo: plan.Permanent("it was of no use"),
		}))
	}
	// One that was promoted behind Belt's back is no replica any more, and still has what made it one.
	promoted := len(m.tn.Written) > 0 && m.Target.Facts.Identity != "" && m.Target.Facts.Identity == m.pn.SystemIdentifier
	if m.Target.Facts.Replica || promoted {
		steps = append(steps, m.leave()...)
	}
	return append(steps, m.Step(plan.Step{
		ID: "clean", Server: m.To(), Title: "remove the password file and the primary's rules", Lane: m.To(),
		Commands: []string{"rm " + m.passfile(), "rm " + m.RunFile()},
		Done:     func(ctx context.Context) (bool, error) { return m.cleaned(ctx, m.AllNotes()...) },
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := job.At(m.Target.Facts.Node.Runner, m.JobID()).Remove(ctx); err != nil {
				return err
			}
			if err := m.dropSecrets(ctx); err != nil {
				return err
			}
			if err := m.dropAccess(ctx); err != nil {
				return err
			}
			if m.Target.Facts.Running && !m.Options.Stop {
				if _, err := reload(ctx, m.Target.Facts, ""); err != nil {
					return err
				}
			}
			return replica.DropState(ctx, m.Target.Facts.Node.Runner, m.AllNotes()...)
		},
		Undo: plan.Permanent("the replica is a server of its own now"),
	}))
}

// cleaned tells whether the target has neither the files given nor a secret or a rule of Belt's any more.
func (m making) cleaned(ctx context.Context, files ...string) (bool, error) {
	result, err := m.Target.Facts.Node.Runner.Run(ctx, replica.Look("look for what is to be removed", `file=$1
shift
for f; do [ ! -e "$f" ] || exit 0; done
grep -qs -- '# belt-copied$' "$file" || echo none; exit 0`,
		append([]string{m.tn.Settings["hba_file"].Value, m.passfile(), m.rootCert(), path.Join(job.DefaultDir, "jobs", m.JobID())}, files...)...))
	return strings.TrimSpace(result.Stdout) == "none", err
}

// forgetSteps remove what the primary holds for the replica.
func (m making) forgetSteps() []plan.Step {
	gone := plan.Permanent("the replica is a server of its own now; enable makes it new")
	steps := []plan.Step{
		m.Step(plan.Step{
			ID: "slot", Server: m.From(), Title: "drop slot " + m.Name, Undo: gone,
			Commands: []string{fmt.Sprintf("SELECT pg_drop_replication_slot(%s)", literal(m.Name))},
			Done:     m.absent(m.Primary.Facts, "pg_replication_slots", "slot_name"),
			Do:       func(ctx context.Context, _ plan.Progress) error { return m.dropSlot(ctx) },
		}),
		m.Step(plan.Step{
			ID: "hba", Server: m.From(), Title: "take its lines out of pg_hba.conf", Undo: gone,
			Commands: []string{"edit " + m.pn.Settings["hba_file"].Value, "SELECT pg_reload_conf()"},
			Done: func(ctx context.Context) (bool, error) {
				out, err := ask(ctx, m.Primary.Facts, "read pg_hba.conf", "SELECT pg_read_file(current_setting('hba_file'))")
				return !strings.Contains(out+"\n", hbaMark+m.Name+"\n"), err
			},
			Do: func(ctx context.Context, _ plan.Progress) error { return m.setHBA(ctx, nil) },
		}),
	}
	if m.Top.Running { // what is left of it, status tells once the primary answers
		steps = append(steps, m.forgetRole())
	}
	if slices.ContainsFunc(m.pn.Begun, func(u replica.Unfinished) bool { return u.Replica == m.Target.Facts.Node.Key() }) {
		steps = append(steps, m.Step(plan.Step{
			ID: "forget", Server: m.From(), Title: "remove the note of the unfinished run", Commands: []string{"rm " + m.BegunFile()},
			Do: func(ctx context.Context, _ plan.Progress) error {
				return replica.DropState(ctx, m.Primary.Facts.Node.Runner, m.BegunFile())
			},
			Done: func(ctx context.Context) (bool, error) {
				result, err := m.Primary.Facts.Node.Runner.Run(ctx, replica.Look("look for the note", `[ ! -e "$1" ] || echo there; exit 0`, m.BegunFile()))
				return err == nil && result.Stdout == "", err
			},
			Undo: plan.Permanent("there is no such run any more"),
		}))
	}
	return steps
}

func (m making) forgetRole() plan.Step {
	return m.Step(plan.Step{
		ID: "role", Server: m.TopLabel(), Title: "drop role " + m.Name, Commands: []string{"DROP ROLE " + ident(m.Name)},
		Undo: plan.Permanent("the replica is a server of its own now; enable makes it new"),
		Done: m.absent(m.Top, "pg_roles", "rolname"),
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.dropRole(ctx) },
	})
}

func (m making) absent(on replication.Facts, catalog, column string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		out, err := ask(ctx, on, "look for "+m.Name, fmt.Sprintf("SELECT count(*) FROM %s WHERE %s = %s", catalog, column, literal(m.Name)))
		return out == "0", err
	}
}

// restoreStep puts the primary's settings back once its last replica is gone.
func restoreStep(p replication.Facts, restart bool) plan.Step {
	n := nativeOf(p)
	var commands []string
	postmaster := false
	for _, name := range sortedKeys(n.Saved) {
		if v := n.Saved[name]; v == nil {
			commands = append(commands, "ALTER SYSTEM RESET "+name)
		} else {
			commands = append(commands, fmt.Sprintf("ALTER SYSTEM SET %s = %s", name, literal(*v)))
		}
		postmaster = postmaster || needsRestart[name]
	}
	s := plan.Step{
		ID: "settings", Server: p.Node.Label, Title: "put the settings back", Commands: append(commands, "SELECT pg_reload_conf()"),
		Undo: plan.Permanent("enable sets them again"),
		Done: func(ctx context.Context) (bool, error) {
			record, err := readSaved(ctx, p)
			return len(record) == 0, err
		},
		Do: func(ctx context.Context, report plan.Progress) error {
			return restoreSettings(ctx, p, nil, restart, report)
		},
	}
	if postmaster && restart {
		s.Commands[len(s.Commands)-1] = "systemctl restart " + n.Service
		s.Disrupts = fmt.Sprintf("%s restarts to put settings back: %s; --no-restart leaves them for its next restart", p.Node.Label, outage(p))
	}
	return s
}
