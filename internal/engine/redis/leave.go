package redis

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

const answerPatience = time.Minute

// leave ends the replication and takes out what made the server a replica.
func (m making) leave() []plan.Step {
	var steps []plan.Step
	if !m.target.Running {
		steps = append(steps, m.Step(plan.Step{
			ID: "start", Server: m.To(), Title: "start the replica, to make it a server of its own", Lane: m.To(),
			Commands: []string{"systemctl start " + m.tn.Unit},
			Done:     func(ctx context.Context) (bool, error) { return answers(ctx, m.target) == nil, ctx.Err() },
			Do: func(ctx context.Context, _ plan.Progress) error {
				// Its primary may be gone: it starts with the data that it has, and not as a replica.
				if err := m.unfollow(ctx); err != nil {
					return err
				}
				return m.Target.Start(ctx, "start")
			},
			Undo: plan.Undoable("stop it again", func(ctx context.Context, _ plan.Progress) error {
				if err := m.Target.Stop(ctx); err != nil {
					return err
				}
				return included(ctx, m.target, m.following)
			}),
		}))
	}
	if m.target.Replica {
		steps = append(steps, m.Step(plan.Step{
			ID: "promote", Server: m.To(), Title: "make it a server of its own, writable, with its data", Lane: m.To(),
			Commands: []string{"REPLICAOF NO ONE"},
			Disrupts: m.To() + " takes writes from here; it no longer follows",
			Undo:     plan.Permanent("the replica goes its own way from here; enable or resync makes it one again"),
			Done: func(ctx context.Context) (bool, error) {
				now, err := info(ctx, m.target, "look at its role")
				return err == nil && now["role"] == "master", err
			},
			Do: m.promote,
		}))
	}
	return append(steps, m.forgetPrimary())
}

func (m making) promote(ctx context.Context, report plan.Progress) error {
	m.lastCatchUp(ctx, report)
	_, err := change(ctx, m.target, "end the replication", command{"REPLICAOF", "NO", "ONE"})
	return err
}

// lastCatchUp lets a replica that follows take what the primary has, so that it starts its own life complete. One that
// cannot is let go as it is.
func (m making) lastCatchUp(ctx context.Context, report plan.Progress) {
	if !m.primary.Running || m.tn.Info["master_link_status"] != "up" {
		return
	}
	if err := m.catchUp(ctx, 10*time.Second, report); err != nil {
		report(0, 0, "letting it go as far as it is")
	}
}

// forgetPrimary takes Belt's settings out, in its files and in the running server.
func (m making) forgetPrimary() plan.Step {
	before := m.beforeBoth()
	s := m.Step(plan.Step{
		ID: "leave", Server: m.To(), Lane: m.To(), Title: "take out what made it a replica",
		Commands: []string{"BGSAVE", "in " + m.tn.Config + ": take the include out", "rm " + m.tn.dropIn(), "CONFIG SET …   # as before: " + beforeNames(before)},
		Undo:     plan.Permanent("the replica is a server of its own now"),
		Done:     m.forgotten,
		Do: func(ctx context.Context, report plan.Progress) error {
			if !m.Options.Stop {
				if err := m.persist(ctx, report); err != nil {
					return err
				}
			}
			if err := m.unfollow(ctx); err != nil {
				return err
			}
			if err := removeDropIn(ctx, m.target); err != nil {
				return err
			}
			if m.Options.Stop {
				if err := m.saveAll(ctx); err != nil {
					return err
				}
				return m.Target.Stop(ctx)
			}
			return m.settle(ctx, before, report)
		},
	})
	if m.Options.Stop {
		s.Title += " and leave it stopped"
		s.Commands = append(s.Commands[1:3], "SAVE", "systemctl stop "+m.tn.Unit)
		s.Disrupts = m.To() + " stops"
	}
	if m.restartsToSettle(before) {
		s.Commands = append(s.Commands, "systemctl restart "+m.tn.Unit)
		s.Disrupts = m.To() + " restarts"
	}
	return s
}

func beforeNames(before saved) string {
	names := ""
	for _, name := range orderedBack(before) {
		if names != "" {
			names += ", "
		}
		names += name
	}
	return names + ", masterauth"
}

// beforeBoth are the settings from before the target was a replica, and from before it was a primary with replicas, which it
// was where it has changed its part since.
func (m making) beforeBoth() saved {
	before := maps.Clone(m.before())
	maps.Copy(before, m.tn.saved())
	return before
}

// restartsToSettle tells whether a setting goes back at a start only.
func (m making) restartsToSettle(before saved) bool {
	back := func(name string) bool { return m.tn.backByRestart(name, before) }
	return !m.Options.Stop && slices.ContainsFunc(slices.Collect(maps.Keys(before)), back)
}

// settle puts the settings of the running server back to what they were before it was a replica.
func (m making) settle(ctx context.Context, before saved, report plan.Progress) error {
	password, err := forgetPassword(ctx, m.target)
	if err != nil {
		return err
	}
	commands := []command{password}
	for _, name := range orderedBack(before) {
		if !m.tn.backByRestart(name, before) {
			commands = append(commands, command{"CONFIG", "SET", name, before[name]})
		}
	}
	if _, err := change(ctx, m.target, "put the settings back", commands...); err != nil {
		return err
	}
	if m.restartsToSettle(before) {
		return restartPrimary(ctx, m.target, report)
	}
	return nil
}

// forgotten tells whether the replica runs, or is stopped, without any of the settings that made it one.
func (m making) forgotten(ctx context.Context) (bool, error) {
	there, err := m.Target.Seen(ctx, m.tn.dropIn())
	if err != nil || there {
		return false, err
	}
	if again, err := followsByFile(ctx, m.target); err != nil || again {
		return false, err
	}
	replies, err := ask(ctx, m.target, "look for the settings of a replica", command{"CONFIG", "GET", "masteruser"}, command{"INFO", "replication"})
	if m.Options.Stop {
		return err != nil, ctx.Err()
	}
	if err != nil {
		return false, ctx.Err()
	}
	return replies[0].Pairs()["masteruser"] != m.Name && replies[1].Fields()["role"] == "master", nil
}

// leastStep lets a primary write that would refuse to once the targets no longer follow it (min-replicas-to-write).
func leastStep(req replication.Request) (plan.Step, bool) {
	p := *req.Topology.Primary
	n := nativeOf(p)
	left := 0
	for _, r := range req.Topology.Replicas {
		if r.State.Healthy() {
			left++
		}
	}
	left -= len(req.Targets)
	want := n.setting("min-replicas-to-write")
	if want == 0 || int64(max(left, 0)) >= want {
		return plan.Step{}, false
	}
	to := strconv.Itoa(max(left, 0))
	file := "no file"
	d, inFile := n.Conf.Last("min-replicas-to-write")
	if inFile {
		file = d.Place()
	}
	return plan.Step{
		ID: "least", Server: p.Node.Label, Title: fmt.Sprintf("lower min-replicas-to-write from %d to %s, or it would refuse writes", want, to),
		Commands: []string{"CONFIG SET min-replicas-to-write " + to, "in " + file + ": min-replicas-to-write " + to},
		Done: func(ctx context.Context) (bool, error) {
			replies, err := ask(ctx, p, "read min-replicas-to-write", command{"CONFIG", "GET", "min-replicas-to-write"})
			return err == nil && replies[0].Pairs()["min-replicas-to-write"] == to, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return setLeast(ctx, p, to) },
		Undo: plan.Undoable("raise it again", func(ctx context.Context, _ plan.Progress) error {
			return setLeast(ctx, p, strconv.FormatInt(want, 10))
		}),
	}, true
}

func setLeast(ctx context.Context, p replication.Facts, to string) error {
	now, err := readConf(ctx, p)
	if err != nil {
		return err
	}
	if d, ok := now.Last("min-replicas-to-write"); ok && d.Value() != to {
		text, err := remote.ReadFile(ctx, p.Node.Runner, "root", d.File)
		if err != nil {
			return err
		}
		changed := conf.Replace(string(text), d.Line, "min-replicas-to-write "+to)
		if err := remote.WriteFile(ctx, p.Node.Runner, "root", d.File, []byte(changed), remote.Attr{Keep: true}); err != nil {
			return err
		}
	}
	_, err = change(ctx, p, "set min-replicas-to-write", command{"CONFIG", "SET", "min-replicas-to-write", to})
	return err
}
