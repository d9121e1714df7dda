package postgresql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// restart brings a replica back that has all it needs: its connection is written anew and its server restarted.
func (m making) restart() plan.Step {
	undo := plan.NoEffect("nothing: it stays as far as it came")
	switch {
	case m.fresh.Orphan:
		undo = plan.Undoable("let it follow nobody again", m.orphaned)
	case !m.Ran:
		undo = plan.Undoable("stop it again", func(ctx context.Context, _ plan.Progress) error { return m.Target.Stop(ctx) })
	}
	return m.Step(plan.Step{
		ID: "restart", Server: m.To(), Title: "start the replica and let it catch up", Lane: m.To(),
		Commands: []string{"write primary_conninfo and primary_slot_name", "systemctl restart " + m.tn.Service},
		Done:     m.streams,
		Do: func(ctx context.Context, report plan.Progress) error {
			// What the settings are is noted first: once they are there, they look like an administrator's.
			if err := replica.PutState(ctx, m.Target.Runner(), m.WrittenFile(), m.writes()); err != nil {
				return err
			}
			if err := m.reconnect(ctx); err != nil {
				return err
			}
			log := m.logSize(ctx)
			if err := m.Target.Start(ctx, "restart"); err != nil {
				return fmt.Errorf("%w%s", err, m.logTail(ctx, log))
			}
			err := m.follow(ctx, log, report)
			if err != nil && strings.Contains(err.Error(), "has already been removed") {
				return fmt.Errorf("%w\nthe WAL that it needs is gone after all: resync with --method full", err)
			}
			return err
		},
		Undo: undo,
	})
}

// reconnect writes the replica's settings into its data folder, which works whether it runs or not.
func (m making) reconnect(ctx context.Context) error {
	return m.rewriteAuto(ctx, nil, m.standbySettings())
}

// rewriteAuto takes settings out of the target's postgresql.auto.conf and writes others into it.
func (m making) rewriteAuto(ctx context.Context, out []string, in []autoLine) error {
	auto := m.tn.DataDir + "/" + autoConfName
	own, err := remote.ReadFile(ctx, m.Target.Runner(), "root", auto)
	if err != nil {
		return err
	}
	return m.PutSecret(ctx, auto, []byte(replaceLines(string(own), out, in)))
}

// orphaned makes the target again what it was: a standby of nobody. How far it came is its primary's data, and stays.
func (m making) orphaned(ctx context.Context, _ plan.Progress) error {
	var own []autoLine // what an administrator had set
	for _, name := range m.writes() {
		if now := m.tn.Settings[name]; strings.HasSuffix(now.File, autoConfName) && !slices.Contains(m.tn.Written, name) {
			own = append(own, autoLine{name, now.Value})
		}
	}
	if err := m.rewriteAuto(ctx, m.writes(), own); err != nil {
		return err
	}
	if err := replica.DropState(ctx, m.Target.Runner(), m.WrittenFile()); err != nil {
		return err
	}
	if !m.Ran {
		return m.Target.Stop(ctx)
	}
	return m.Target.Start(ctx, "restart")
}
