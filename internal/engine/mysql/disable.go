package mysql

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
	c := e.checker(req)
	primary := req.Topology.Primary
	reachable := c.Parting("its account", "the account")
	top := req.Topology.Top
	if primary == nil {
		req.Topology.Primary = &replication.Facts{}
	}
	var makings []making
	for _, t := range req.Targets {
		makings = append(makings, e.newMaking(req, t))
	}
	p.Checks = c.List
	for _, m := range makings {
		if m.target.Err == nil {
			p.Steps = append(p.Steps, m.leaveSteps(reachable && (top == nil || top.Running))...)
		}
	}
	if reachable {
		for _, m := range makings {
			p.Steps = append(p.Steps, m.forgetSteps()...)
		}
		if s, needed := restoreLast(req); needed {
			p.Steps = append(p.Steps, s)
			if s.Disrupts != "" && top == nil {
				p.Estimate.PrimaryUnavailableSeconds = nativeOf(*primary).restartSeconds()
			}
		}
	}
	for _, m := range makings {
		if !reachable && top != nil && top.Running {
			p.Steps = append(p.Steps, m.forgetAccount())
		}
	}
	p.Estimate.Seconds = float64(6 * len(makings))
	return p, p.Validate()
}

// last tells whether no replica is left once the targets are gone.
func last(req replication.Request) bool {
	gone := map[string]bool{}
	for _, t := range req.Targets {
		gone[accountName(t.Node)] = true
	}
	for _, r := range req.Topology.Replicas {
		if !gone[accountName(r.Facts.Node)] {
			return false
		}
	}
	if req.Topology.Top != nil {
		return true // its accounts are those of all replicas of the primary
	}
	return !slices.ContainsFunc(nativeOf(*req.Topology.Primary).Accounts, func(a account) bool { return !gone[a.Name] })
}

// restoreLast puts the primary's options back, if Belt changed any and no replica is left once the targets are gone.
func restoreLast(req replication.Request) (plan.Step, bool) {
	if primary := *req.Topology.Primary; last(req) && len(nativeOf(primary).saved()) > 0 {
		return restoreStep(primary, !req.Options.NoRestart), true
	}
	return plan.Step{}, false
}

// restoreStep puts the primary's options back.
func restoreStep(p replication.Facts, restart bool) plan.Step {
	n := nativeOf(p)
	record := n.saved()
	var commands []string
	needed := false
	for name, o := range record {
		if name == pluginNote {
			commands = append(commands, "UNINSTALL PLUGIN clone")
			continue
		}
		commands = append(commands, fmt.Sprintf("from %s: %s = %s   # was %s", n.dropIn(), name, o.To, o.Was))
		needed = needed || o.Restart
	}
	slices.Sort(commands)
	if purgesAlone(p, record, restart) {
		commands = append(commands, fmt.Sprintf("to %s: %s = 0   # it would keep its binary logs for ever", n.dropIn(), purgeOption))
	}
	s := plan.Step{
		ID: "options", Server: p.Node.Label, Title: "put the options back", Commands: commands,
		Undo: plan.Permanent("enable sets them again"),
		Done: func(ctx context.Context) (bool, error) {
			left := saved{}
			err := replica.ReadState(ctx, p.Node.Runner, "read the noted options", instanceOf(p).StateFile("settings"), &left)
			return err == nil && len(left) == 0, err
		},
		Do: func(ctx context.Context, report plan.Progress) error {
			return restoreOptions(ctx, p, restoration{restart: restart, ended: true}, report)
		},
	}
	if _, logged := record["log_bin"]; logged && restart {
		s.Commands = append(s.Commands, "rm "+path.Join(n.DataDir, logName)+".*   # they were there for the replicas only")
	}
	if needed && restart {
		s.Commands = append(s.Commands, "systemctl restart "+n.Service)
		s.Disrupts = fmt.Sprintf("%s restarts to put options back: %s; --no-restart leaves them for its next restart", p.Node.Label, outage(p))
	}
	return s
}

// leaveSteps make the replica a server of its own.
func (m making) leaveSteps(primaryAnswers bool) []plan.Step {
	var steps []plan.Step
	if m.tn.Unfinished != nil && !m.target.Replica || m.tn.NewFolder {
		steps = append(steps, m.Step(plan.Step{
			ID: "clear", Server: m.To(), Title: "delete the unfinished copy", Lane: m.To(), Commands: []string{"rm -rf " + m.NewDir()},
			Done: func(ctx context.Context) (bool, error) {
				copied, err1 := m.Target.Seen(ctx, m.NewDir())
				data, err2 := m.Target.Seen(ctx, m.tn.DataDir)
				return !copied && data, errors.Join(err1, err2)
			},
			Do: func(ctx context.Context, _ plan.Progress) error {
				if err := m.dropCopy(ctx); err != nil {
					return err
				}
				if !m.target.Replica { // the old data starts with its own options
					if err := m.putOptions(ctx, keptOptions{}); err != nil {
						return err
					}
				}
				return m.FinishUnswap(ctx)
			},
			Undo: plan.Permanent("it was of no use"),
		}))
	}
	// One whose replication somebody ended behind Belt's back is no replica any more, and still has Belt's options.
	if m.target.Replica || m.tn.Notes.Written != "" {
		steps = append(steps, m.leave(primaryAnswers)...)
	}
	return append(steps, m.clean("rm "+m.RunFile(), m.AllNotes()))
}

// clean removes from the replica's server what Belt kept there.
func (m making) clean(command string, notes []string) plan.Step {
	return m.Step(plan.Step{
		ID: "clean", Server: m.To(), Title: "remove the password and belt's notes", Lane: m.To(),
		Commands: []string{"rm " + m.loginFile(), command},
		Done: func(ctx context.Context) (bool, error) {
			return m.cleaned(ctx, append([]string{serverCert(m.tn), serverKey(m.tn)}, notes...)...)
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := m.dropJobs(ctx); err != nil {
				return err
			}
			if err := m.dropSecrets(ctx); err != nil {
				return err
			}
			if err := dropCertificate(ctx, m.target); err != nil {
				return err
			}
			return replica.DropState(ctx, m.target.Node.Runner, notes...)
		},
		Undo: plan.Permanent("the replica is a server of its own now"),
	})
}

// dropJobs removes the folders of jobs that are over.
func (m making) dropJobs(ctx context.Context) error {
	for _, id := range m.jobs() {
		if err := job.At(m.target.Node.Runner, id).Remove(ctx); err != nil {
			return err
		}
	}
	return nil
}

// jobs are those on the target: of the copy, and of the stream that brings it.
func (m making) jobs() []string { return []string{m.JobID(), m.streamID() + ".receive"} }

// cleaned tells whether the target has neither the files given nor a secret or a job of Belt's any more.
func (m making) cleaned(ctx context.Context, files ...string) (bool, error) {
	files = append(slices.Clone(files), m.loginFile(), m.rootCert())
	for _, id := range m.jobs() {
		files = append(files, path.Join(job.DefaultDir, "jobs", id))
	}
	result, err := m.target.Node.Runner.Run(ctx, replica.Look("look for what is to be removed",
		`for f; do [ ! -e "$f" ] || exit 0; done; echo none`, files...))
	return strings.TrimSpace(result.Stdout) == "none", err
}

// forgetSteps remove what the primary holds for the replica.
func (m making) forgetSteps() []plan.Step {
	var steps []plan.Step
	if m.writable().Running { // what is left of it, status tells once the primary answers
		steps = append(steps, m.forgetAccount())
	}
	if slices.ContainsFunc(m.pn.Begun, func(u replica.Unfinished) bool { return u.Replica == m.target.Node.Key() }) {
		steps = append(steps, m.Step(plan.Step{
			ID: "forget", Server: m.From(), Title: "remove the note of the unfinished run", Commands: []string{"rm " + m.BegunFile()},
			Do: func(ctx context.Context, _ plan.Progress) error {
				return replica.DropState(ctx, m.primary.Node.Runner, m.BegunFile())
			},
			Done: func(ctx context.Context) (bool, error) {
				there, err := m.Primary.Seen(ctx, m.BegunFile())
				return err == nil && !there, err
			},
			Undo: plan.Permanent("there is no such run any more"),
		}))
	}
	return steps
}
