package redis

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// persist writes the data of a server of its own to its disk, where it keeps snapshots. A copy that came into memory without
// a detour over the disk (repl-diskless-load) is in no file yet, and nothing counts as changed since the last save: without
// this a crash would lose all of it.
func (m making) persist(ctx context.Context, report plan.Progress) error {
	if !m.snapshots() {
		return nil
	}
	return snapshot(ctx, m.target, report)
}

// snapshot writes an instance's data to its disk, while it serves.
func snapshot(ctx context.Context, f replication.Facts, report plan.Progress) error {
	_, err := change(ctx, f, "save the data", command{"BGSAVE"})
	// One that is under way may have begun before the last of the data.
	if refusal, is := isRefusal(err); is && strings.Contains(refusal.Message, "progress") {
		if err = written(ctx, f, report); err == nil {
			_, err = change(ctx, f, "save the data", command{"BGSAVE"})
		}
	}
	if err != nil {
		return err
	}
	return written(ctx, f, report)
}

// saving is what a change of the primary does for the same reason: the new primary's data has to outlive a crash, or it would
// come back empty, and so would all that follow it. While the old primary serves that comes before the change, which needs not
// wait for it then: what is written later counts for the server's save points.
func (m *promotion) saving(undo plan.Undo) []plan.Step {
	if !m.from.snapshots() {
		return nil
	}
	return []plan.Step{m.Step(plan.Step{
		ID: "save", Title: "write its data to disk: a copy comes into memory only", Commands: []string{"BGSAVE"}, Undo: undo,
		Do: m.from.persist,
	}, m.Next.Node.Label)}
}

// snapshots tells whether the target keeps its data in snapshots, and in nothing else.
func (m making) snapshots() bool { return !m.tn.logsChanges() && m.tn.Settings["save"] != "" }

// written waits until no snapshot is being written, and tells whether the last one is whole.
func written(ctx context.Context, f replication.Facts, report plan.Progress) error {
	report(0, 0, "writing its data to disk")
	var now map[string]string
	err := replica.Until(ctx, 24*time.Hour, func(ctx context.Context) (bool, error) {
		var err error
		now, err = info(ctx, f, "look at the snapshot")
		return err == nil && now["rdb_bgsave_in_progress"] == "0", err
	})
	if err == nil && now["rdb_last_bgsave_status"] != "ok" {
		err = fmt.Errorf("%s: its data could not be written to %s: its log says why", f.Node.Label, nativeOf(f).data())
	}
	return err
}

// stoppable sees that a replica which is to give way to other data stops. A server with save points that cannot write its
// snapshot, as on a full disk, does not ("Error trying to save the DB, can't exit"), and systemd would wait for ever. Its
// primary has all that it has; what serves as one itself saves, or fails to.
func (m making) stoppable(ctx context.Context) {
	now, err := info(ctx, m.target, "look at its role")
	if err != nil || now["role"] != "slave" || now["loading"] == "1" || !m.snapshots() {
		return
	}
	_, err = change(ctx, m.target, "save the copy", command{"SAVE"})
	if _, refused := isRefusal(err); refused {
		// That this fails shows when it is stopped.
		_, _ = change(ctx, m.target, "let it stop without its copy saved", command{"CONFIG", "SET", "save", ""})
	}
}
