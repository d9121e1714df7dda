package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// PlanDisable takes the request's targets out of the set and makes them servers of their own. The primary stays a set of
// one, for applications may rely on what only a set has, unless it is to be a standalone again.
func (e *Engine) PlanDisable(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	c := newChecker(req)
	primary := req.Topology.Primary
	reachable := c.Parting("its list of members", "")
	if primary == nil {
		req.Topology.Primary = &replication.Facts{}
	}
	var makings []making
	for _, t := range req.Targets {
		makings = append(makings, newMaking(req, t))
	}
	for _, m := range makings {
		c.afterwards(m)
	}
	p.Checks = c.List
	if reachable {
		for _, m := range makings {
			p.Steps = append(p.Steps, m.partStep())
		}
	}
	for _, m := range makings {
		if m.Target.Facts.Err == nil {
			p.Steps = append(p.Steps, m.leaveSteps()...)
		}
	}
	if reachable {
		for _, m := range makings {
			p.Steps = append(p.Steps, m.forgetNote()...)
		}
		if s, needed := releaseLast(req); needed {
			p.Steps = append(p.Steps, s)
			p.Estimate.PrimaryUnavailableSeconds = restartSeconds
		} else if last(req) && nativeOf(*primary).inSet() && len(makings) > 0 {
			p.Notes = append(p.Notes, fmt.Sprintf("%s stays a replica set of one, which change streams and transactions need; --standalone makes it a standalone again", primary.Node.Label))
		}
	}
	p.Estimate.Seconds = float64(restartSeconds * len(makings))
	return p, p.Validate()
}

// afterwards tests that Belt gets into a server of its own that asks for a login: the keyfile of the set goes.
func (c *checker) afterwards(m making) {
	f, auth := m.Target.Facts, m.alone()[authSetting]
	if f.Running && auth != nil && *auth == "enabled" && m.aloneDoor().keyFile == "" && f.Node.Settings.AdminUser == "" {
		c.Add("authorization", f.Node.Label, false, "give the database an account with the role root in belt.yaml: admin: {username: …, password_file: …}",
			"it goes on asking for a login without the set's keyfile, and belt.yaml has no account for it")
	}
}

// last tells whether no member but the primary is left once the targets are gone.
func last(req replication.Request) bool {
	n := nativeOf(*req.Topology.Primary)
	for _, m := range n.Config.members() {
		gone := m.Host == n.Hello.Me || slices.ContainsFunc(req.Targets, func(t replication.Facts) bool {
			entry, there := listed(n.Config, t)
			return there && entry.Host == m.Host
		})
		if !gone {
			return false
		}
	}
	return true
}

// partStep takes the replica out of the set.
func (m making) partStep() plan.Step {
	return m.Step(plan.Step{
		ID: "part", Server: m.From(), Title: "take " + m.To() + " out of the set",
		Undo:     plan.Permanent("the replica becomes a server of its own; the same command again goes on, and enable takes it in again"),
		Commands: []string{fmt.Sprintf("replSetReconfig without {host: %q}", m.host)},
		Done: func(ctx context.Context) (bool, error) {
			if !m.pn.inSet() {
				return true, nil
			}
			is, err := m.isMember(ctx)
			return !is && err == nil, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.part(ctx) },
	})
}

// leaveSteps make the replica a server of its own.
func (m making) leaveSteps() []plan.Step {
	var steps []plan.Step
	u := m.tn.Unfinished
	if u != nil || m.tn.NewFolder {
		steps = append(steps, m.clearStep())
	}
	kept := u != nil && slices.ContainsFunc(m.tn.Kept, func(k replica.Kept) bool { return k.Run == u.Run })
	switch {
	case u == nil || u.Command == commandDisable, !kept && m.Target.Facts.Replica:
		steps = append(steps, m.leaveStep())
	case u.Command == commandResync:
		steps = append(steps, m.putBack(false), m.leaveStep())
	default: // what an enable began is half a copy at best
		steps = append(steps, m.putBack(true))
	}
	return append(steps, m.cleanStep(m.AllNotes()...))
}

// putBack puts the old data of an unfinished run back; conf is whether mongod.conf was another one before.
func (m making) putBack(conf bool) plan.Step {
	with := replica.Swap{Undone: m.dropNew}
	if conf {
		with.Unconfigure = m.unconfigure
	}
	undo := m.Swap(with).Undo
	return m.Step(plan.Step{
		ID: "putback", Server: m.To(), Lane: m.To(), Title: "put the old data back that an unfinished run set aside",
		Commands: []string{"systemctl stop " + m.tn.Service, "mv " + m.OldDir() + " " + m.tn.DataDir, "systemctl start " + m.tn.Service},
		Undo:     plan.Permanent("the unfinished copy was of no use"),
		Done: func(ctx context.Context) (bool, error) {
			old, err := m.Target.Seen(ctx, m.OldDir())
			if err != nil || old || !conf {
				return !old && err == nil, err
			}
			same, err := says(ctx, m.Target, m.was)
			return same && (!m.Ran || m.Target.Answers(ctx) == nil), errors.Join(err, ctx.Err())
		},
		Do: func(ctx context.Context, report plan.Progress) error { return undo.Run(ctx, report) },
	})
}

// clearStep puts the old data back where a run ended between the two renames, and deletes the empty folder.
func (m making) clearStep() plan.Step {
	return m.Step(plan.Step{
		ID: "clear", Server: m.To(), Title: "delete the unfinished copy", Lane: m.To(), Commands: []string{"rm -rf " + m.NewDir()},
		Done: func(ctx context.Context) (bool, error) {
			copied, err1 := m.Target.Seen(ctx, m.NewDir())
			data, err2 := m.Target.Seen(ctx, m.tn.DataDir)
			return !copied && data, errors.Join(err1, err2)
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := m.DropCopy(ctx); err != nil {
				return err
			}
			return m.FinishUnswap(ctx)
		},
		Undo: plan.Permanent("it was of no use"),
	})
}

// cleanStep removes the keyfile and the notes that made the server a replica.
func (m making) cleanStep(notes ...string) plan.Step {
	key := keyFile(m.tn)
	return m.Step(plan.Step{
		ID: "clean", Server: m.To(), Title: "remove the keyfile and belt's notes", Lane: m.To(),
		Commands: []string{"rm " + key, "rm " + strings.Join(notes, " ")},
		Done: func(ctx context.Context) (bool, error) {
			result, err := m.Target.Runner().Run(ctx, replica.Look("look for what is to be removed",
				`for f; do [ ! -e "$f" ] || exit 0; done; echo none`, append([]string{key, job.DefaultDir + "/jobs/" + m.JobID()}, notes...)...))
			return strings.TrimSpace(result.Stdout) == "none", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := job.At(m.Target.Runner(), m.JobID()).Remove(ctx); err != nil {
				return err
			}
			return replica.DropState(ctx, m.Target.Runner(), append([]string{key}, notes...)...)
		},
		Undo: plan.Permanent("the replica is a server of its own now"),
	})
}

// forgetNote removes the primary's note of an unfinished run for the replica.
func (m making) forgetNote() []plan.Step {
	if !slices.ContainsFunc(m.pn.Begun, func(u replica.Unfinished) bool { return u.Replica == m.Target.Facts.Node.Key() }) {
		return nil
	}
	return []plan.Step{m.Step(plan.Step{
		ID: "forget", Server: m.From(), Title: "remove the note of the unfinished run", Commands: []string{"rm " + m.BegunFile()},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return replica.DropState(ctx, m.Primary.Runner(), m.BegunFile())
		},
		Done: func(ctx context.Context) (bool, error) {
			there, err := m.Primary.Seen(ctx, m.BegunFile())
			return err == nil && !there, err
		},
		Undo: plan.Permanent("there is no such run any more"),
	})}
}

// releaseLast makes the primary a standalone again, where that was asked for and no other member is left.
func releaseLast(req replication.Request) (plan.Step, bool) {
	primary := *req.Topology.Primary
	n := nativeOf(primary)
	if !req.Options.Standalone || !last(req) || n.setName() == "" {
		return plan.Step{}, false
	}
	record, ok := savedBy(n)
	if !ok { // Belt did not make the set: only its name goes
		record = saved{Conf: values{setNameSetting: nil}, Set: true, Made: true}
	}
	record.Conf[setNameSetting] = nil
	if n.enforces() {
		record.Conf[authSetting] = to("enabled") // what a keyfile implied
	}
	c := converter{Instance: instanceOf(primary), conversion: convert(req)}
	return plan.Step{
		ID: "standalone", Server: primary.Node.Label, Title: "make the primary a standalone again",
		Commands: append(record.Conf.from(n.Conf).lines(n.ConfFile), "systemctl restart "+n.Service, "drop the database local", "systemctl restart "+n.Service+"   -- with that database no document expires"),
		Disrupts: fmt.Sprintf("%s restarts twice: about %d s without the primary; change streams and transactions end", primary.Node.Label, restartSeconds),
		Undo:     plan.Permanent("enable makes it a set again"),
		Done: func(ctx context.Context) (bool, error) {
			d := doorOf(primary)
			if d.keyFile == record.Key {
				d.keyFile = ""
			}
			s, line, err := d.open(ctx, true)
			if err != nil {
				return false, ctx.Err()
			}
			s.close()
			if len(record.Conf.from(line.options())) > 0 {
				return false, nil
			}
			done, err := stripped(ctx, d)
			return done && err == nil, ctx.Err()
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			begun := time.Now()
			err := c.release(ctx, record)
			plan.Remark(ctx, "%s was away for less than %.1f s", c.Label(), time.Since(begun).Seconds())
			return err
		},
	}, true
}
