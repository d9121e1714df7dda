package postgresql

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Chains: a standby feeds standbys of its own (cascading replication). Roles are data and are made where writes are taken;
// slots, pg_hba.conf and settings are each server's own.
func (e *Engine) Chains() bool { return true }

// chainLeftovers are what the replicas hold for replicas of theirs that are none.
func chainLeftovers(t replication.Topology) []replication.Leftover {
	var out []replication.Leftover
	for _, r := range t.Replicas {
		n := nativeOf(r.Facts)
		if n.Unfinished != nil {
			continue // a change of the primary prepares a replica for those who are to follow it
		}
		used := map[string]bool{}
		for _, leaf := range t.Of(r.Facts.Node) {
			used[replicaName(leaf.Facts.Node)] = true
		}
		out = append(out, replica.BegunLeftovers(t.Target, n.Notes)...)
		for _, s := range n.Slots {
			if !used[s.Name] && strings.HasPrefix(s.Name, "belt_") {
				out = append(out, replication.Leftover{
					Server: r.Facts.Node.Label, What: fmt.Sprintf("replication slot %s that no replica uses, holding %s of WAL", s.Name, replica.Size(s.Retained)),
					Fix: fmt.Sprintf("on %s: SELECT pg_drop_replication_slot(%s)", r.Facts.Node.Label, literal(s.Name)),
				})
			}
		}
	}
	return out
}

// formerLeaves are slots on the primary of replicas that replicate from another server.
func formerLeaves(t replication.Topology) []replication.Leftover {
	var out []replication.Leftover
	for _, r := range t.Replicas {
		source, chained := t.Chained(r.Facts.Node)
		if _, slotted := nativeOf(*t.Primary).slot(replicaName(r.Facts.Node)); chained && slotted && r.State.Healthy() {
			out = append(out, replication.Leftover{
				Server: t.Primary.Node.Label, What: fmt.Sprintf("replication slot %s, while %s replicates from %s", replicaName(r.Facts.Node), r.Facts.Node.Label, source.Label),
				Fix: fmt.Sprintf("on %s: SELECT pg_drop_replication_slot(%s)", t.Primary.Node.Label, literal(replicaName(r.Facts.Node))),
			})
		}
	}
	return out
}

// arrived waits until the replica that the target is to replicate from has replayed what the primary has now.
func (m making) arrived(ctx context.Context) error {
	goal, err := ask(ctx, m.Top, "read the position", "SELECT pg_current_wal_flush_lsn()")
	if err != nil {
		return err
	}
	err = replica.Until(ctx, followPatience, func(ctx context.Context) (bool, error) {
		now, err := ask(ctx, m.Primary.Facts, "read how far it replayed", replayedSQL)
		return parseLSN(now) >= parseLSN(goal), err
	})
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: does not replay up to %s, where %s is: %w", m.From(), goal, m.TopLabel(), err)
	}
	return err
}

// rewindsFromStandby is the first version whose pg_rewind takes a standby for its source.
const rewindsFromStandby = 14

// holders are the servers that hold things for the replica although it replicates from another: belt.yaml gave it another source.
func (m making) holders(t replication.Topology) []replication.Facts {
	var others, out []replication.Facts
	if m.Chained {
		others = append(others, m.Top)
	}
	for _, r := range t.Replicas {
		if r.Facts.Replica {
			others = append(others, r.Facts)
		}
	}
	for _, f := range others {
		n := nativeOf(f)
		_, slotted := n.slot(m.Name)
		if !f.Node.Same(m.Target.Facts.Node) && f.Running && (slotted || n.letsIn(m.Name)) {
			out = append(out, f)
		}
	}
	return out
}

// letGo takes away what other servers than its source hold for the replica.
func (m making) letGo(t replication.Topology) []plan.Step {
	var steps []plan.Step
	for _, f := range m.holders(t) {
		was := m
		was.Primary, was.pn = instanceOf(f), nativeOf(f)
		steps = append(steps, m.Step(plan.Step{
			ID: "letgo." + f.Node.Label, Server: f.Node.Label, Title: "take out what it held for " + m.To(),
			Commands: []string{fmt.Sprintf("SELECT pg_drop_replication_slot(%s)", literal(m.Name)), "edit " + was.pn.Settings["hba_file"].Value},
			Undo:     plan.Permanent(m.To() + " replicates from " + m.From()),
			Done: func(ctx context.Context) (bool, error) {
				gone, err := was.absent(f, "pg_replication_slots", "slot_name")(ctx)
				return gone && !was.pn.letsIn(m.Name), err
			},
			Do: func(ctx context.Context, _ plan.Progress) error {
				if err := was.dropSlot(ctx); err != nil {
					return err
				}
				return was.setHBA(ctx, nil)
			},
		}))
	}
	return steps
}
