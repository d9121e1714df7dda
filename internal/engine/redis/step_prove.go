package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// prove shows that the replica is one: it has the primary's history, has applied all that the primary had written at this
// moment, refuses writes, and uses the settings that Belt wrote, which it has read from its files at its start.
func (m making) prove() plan.Step {
	return m.Step(plan.Step{
		ID: "prove", Server: m.To(), Title: "prove it: in sync, read-only, settings read from its files", Lane: m.To(),
		Commands: []string{
			"on " + m.position().Node.Label + " and " + m.To() + ": INFO replication (equal master_replid, offset reached)",
			"on " + m.To() + ": CONFIG GET …; UNLINK … (must be refused)",
		},
		Do:   m.proveReplica,
		Undo: plan.NoEffect("nothing: it only looks"),
	})
}

func (m making) proveReplica(ctx context.Context, report plan.Progress) error {
	if err := m.catchUp(ctx, 30*time.Second, report); err != nil {
		return err
	}
	if err := inForce(ctx, m.target, m.wanted()); err != nil {
		return err
	}
	return m.refusesWrites(ctx)
}

// wanted are the settings of the replica as CONFIG GET tells them.
func (m making) wanted() []settingChange {
	var out []settingChange
	for _, s := range m.followSettings() {
		value := strings.Join(s.Args, " ")
		if s.Name == "replicaof" {
			continue // INFO tells, with what it runs by
		}
		out = append(out, settingChange{name: s.Name, to: value})
	}
	return out
}

// catchUp waits until the replica has applied what the primary has written now. A primary that restarts meanwhile may copy
// everything once more, and begin a history of its own.
func (m making) catchUp(ctx context.Context, patience time.Duration, report plan.Progress) error {
	var there, now map[string]string
	var goal int64
	ask := func() (err error) {
		there, err = info(ctx, m.position(), "read the primary's position")
		goal, _ = strconv.ParseInt(there["master_repl_offset"], 10, 64)
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	last, since := "", time.Now()
	err := replica.Until(ctx, 24*time.Hour, func(ctx context.Context) (_ bool, err error) {
		if now, err = info(ctx, m.target, "read the replica's position"); err != nil {
			return false, err
		}
		at, _ := strconv.ParseInt(now["slave_repl_offset"], 10, 64)
		if m.linked(now) && now["master_replid"] != there["master_replid"] {
			if err := ask(); err != nil {
				return false, err
			}
		}
		if m.linked(now) && at >= goal && now["master_replid"] == there["master_replid"] {
			return true, nil
		}
		state, done, total, note := m.stage(now, nil)
		if total == 0 {
			state = replica.Choose(at < goal, fmt.Sprint(at), last)
			note = replica.Choose(at < goal, fmt.Sprintf("catching up: %s behind", replica.Size(goal-at)), "waiting for its link")
		}
		if state != last {
			last, since = state, time.Now()
		}
		report(done, total, note)
		if time.Since(since) > patience {
			return false, replica.ErrNotYet
		}
		return false, nil
	})
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: it stands at %s of %.8s with its link %s, %s at %d of %.8s%s", m.To(), now["slave_repl_offset"], now["master_replid"],
			now["master_link_status"], m.position().Node.Label, goal, there["master_replid"], m.brokenBy(ctx, now))
	}
	return err
}

// brokenBy is what the logs say of a link that is down.
func (m making) brokenBy(ctx context.Context, now map[string]string) string {
	if now["master_link_status"] == "up" {
		return ""
	}
	if said := lastLog(ctx, m.primary, 0, overruns); said != "" {
		return "; " + m.From() + " logged last: " + said
	}
	if said := lastLog(ctx, m.target, 0, complaints); said != "" {
		return "; it logged last: " + said
	}
	return ""
}

// refusesWrites tries to remove a key that nobody has.
func (m making) refusesWrites(ctx context.Context) error {
	_, err := change(ctx, m.target, "try to write on the replica", command{"UNLINK", "belt-nobody-has-this-" + rand.Text()})
	if refusal, is := isRefusal(err); is && strings.HasPrefix(refusal.Message, "READONLY") {
		return nil
	}
	if err == nil {
		return fmt.Errorf("%s: it takes writes, so it is no replica", m.To())
	}
	return err
}
