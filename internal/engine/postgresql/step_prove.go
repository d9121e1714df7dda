package postgresql

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// followPatience is how long a started replica may make no progress before the start counts as failed.
const followPatience = 60 * time.Second

// streams tells whether the primary sees the replica stream through its slot.
func (m making) streams(ctx context.Context) (bool, error) {
	out, err := ask(ctx, m.Primary.Facts, "look for the replica", m.streamsSQL())
	return out == "1", err
}

func (m making) streamsSQL() string {
	return "SELECT count(*) FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid WHERE s.slot_name = " +
		literal(m.Name) + " AND r.state = 'streaming'"
}

// follow waits until the replica streams. A long recovery is no failure as long as it moves; one that stands still is,
// and then the replica's own log, from the byte log on, says why.
func (m making) follow(ctx context.Context, log int64, report plan.Progress) error {
	last, since, awaited := "", time.Now(), false
	for {
		var ok bool
		err := replica.Until(ctx, 2*time.Second, func(ctx context.Context) (bool, error) {
			var err error
			ok, err = m.streams(ctx)
			return ok, err
		})
		if ok {
			return nil
		}
		if err != nil && !errors.Is(err, replica.ErrNotYet) {
			return err
		}
		// It may still be replaying what came with the copy, before it answers at all.
		if !awaited {
			if err := m.Target.AwaitAnswer(ctx, time.Minute); err != nil {
				return fmt.Errorf("%w%s", err, m.logTail(ctx, log))
			}
			awaited = true
		}
		now, err := ask(ctx, m.Target.Facts, "read how far it replayed", replayedSQL)
		if err != nil {
			return fmt.Errorf("%s: the replica ended after its start: %w%s", m.To(), err, m.logTail(ctx, log))
		}
		report(0, 0, "replaying, at "+now)
		if now != last {
			last, since = now, time.Now()
		}
		complaint := m.logTail(ctx, log)
		if time.Since(since) > followPatience || hopeless.MatchString(complaint) {
			return fmt.Errorf("%s: the replica runs but does not follow %s%s", m.To(), m.From(), complaint)
		}
	}
}

// hopeless are complaints of a standby that no patience cures.
var hopeless = regexp.MustCompile(`has already been removed|insufficient parameter settings|is not a child of|password authentication failed|no pg_hba.conf entry|database system identifier differs`)

// logSize is the length of the replica's log now, in bytes.
func (m making) logSize(ctx context.Context) int64 {
	result, err := m.Target.Facts.Node.Runner.Run(ctx, replica.Look("measure the log", `stat -c %s "$1" 2>/dev/null || echo 0`, m.tn.logFile()))
	if err != nil {
		return 0
	}
	size, _ := strconv.ParseInt(strings.TrimSpace(result.Stdout), 10, 64)
	return size
}

// logTail is the last complaint in the replica's log after its first bytes, as ": …", or nothing.
func (m making) logTail(ctx context.Context, after int64) string {
	if m.tn.logFile() == "" {
		return ""
	}
	result, err := m.Target.Facts.Node.Runner.Run(ctx, replica.Look("read the log", `tail -c +"$2" "$1" | grep -E 'FATAL|PANIC|ERROR' | tail -n 1`, m.tn.logFile(), strconv.FormatInt(after+1, 10)))
	if err != nil || result.Stdout == "" {
		return ""
	}
	return ": " + strings.TrimSpace(result.Stdout)
}

// prove shows that the replica is one: it has replayed all that the primary had at this moment, it streams through its
// own slot, it refuses to write, its catalogs are the primary's, and its settings are those that Belt wrote.
func (m making) prove() plan.Step {
	return m.Step(plan.Step{
		ID: "prove", Server: m.To(), Title: "prove it: in sync, read-only, same catalogs", Lane: m.To(),
		Commands: []string{
			m.statePlan(),
			"on " + m.To() + ": SELECT pg_last_wal_replay_lsn(); CREATE TABLE … (must be refused)",
		},
		Do:   func(ctx context.Context, report plan.Progress) error { return m.proveReplica(ctx, report) },
		Undo: plan.NoEffect("nothing: it only looks"),
	})
}

// statePlan is [making.primaryState] for a plan's reader.
func (m making) statePlan() string {
	if m.Chained {
		return "on " + m.TopLabel() + ": SELECT pg_current_wal_flush_lsn(); on " + m.From() + ": SELECT state FROM pg_stat_replication"
	}
	return "on " + m.From() + ": SELECT pg_current_wal_flush_lsn(), state FROM pg_stat_replication"
}

func (m making) proveReplica(ctx context.Context, report plan.Progress) error {
	return replica.SideBySide(
		func() error { return m.inSync(ctx, report) },
		func() error { return m.refusesWrites(ctx) },
	)
}

// inSync shows that the replica streams, has replayed what the primary had at this moment, and has its catalogs then; and
// that it runs with the settings that Belt wrote.
func (m making) inSync(ctx context.Context, report plan.Progress) error {
	var there, here string
	err := replica.Until(ctx, 30*time.Second, func(ctx context.Context) (bool, error) {
		primary, err := m.primaryState(ctx)
		if err != nil {
			return false, err
		}
		if primary[1] != "1" {
			return false, fmt.Errorf("%s: %s does not stream through slot %s", m.From(), m.To(), m.Name)
		}
		// Most often it has, and one look shows all.
		queries := append([]string{replayedSQL, catalogSQL}, settingQueries(m.standbySettings())...)
		replica, err := askAll(ctx, m.Target.Facts, "read the replica's state", queries...)
		if err == nil && parseLSN(replica[0]) < parseLSN(primary[0]) {
			if err = m.replay(ctx, primary[0], report); err == nil {
				replica, err = askAll(ctx, m.Target.Facts, "read the replica's state", queries...)
			}
		}
		if err != nil {
			return false, err
		}
		there, here = primary[2], replica[1]
		// Under DDL the two may differ for a moment.
		return there == here, firstOther(m.Target.Facts, m.standbySettings(), replica[2:])
	})
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: its catalogs differ from those of %s: %s, not %s", m.To(), m.From(), here, there)
	}
	return err
}

// primaryState is the primary's position, whether the replica streams, and the primary's catalogs. In a chain it streams
// from another server than the one whose changes it is to have.
func (m making) primaryState(ctx context.Context) ([]string, error) {
	const position = "SELECT pg_current_wal_flush_lsn()"
	if !m.Chained {
		return askAll(ctx, m.Primary.Facts, "read the primary's state", position, m.streamsSQL(), catalogSQL)
	}
	streams, err := ask(ctx, m.Primary.Facts, "look for the replica", m.streamsSQL())
	if err != nil {
		return nil, err
	}
	top, err := askAll(ctx, m.Top, "read the primary's state", position, catalogSQL)
	if err != nil {
		return nil, err
	}
	return []string{top[0], streams, top[1]}, nil
}

// catchUp waits until the replica has replayed what the primary has flushed now.
func (m making) catchUp(ctx context.Context, report plan.Progress) error {
	goal, err := ask(ctx, m.Top, "read the position", "SELECT pg_current_wal_flush_lsn()")
	if err != nil {
		return err
	}
	return m.replay(ctx, goal, report)
}

// replay waits until the replica has replayed up to goal. It may take its time, as long as it moves.
func (m making) replay(ctx context.Context, goal string, report plan.Progress) error {
	last, since := "", time.Now()
	return replica.Until(ctx, 24*time.Hour, func(ctx context.Context) (bool, error) {
		now, err := ask(ctx, m.Target.Facts, "read how far it replayed", replayedSQL)
		if err != nil || parseLSN(now) >= parseLSN(goal) {
			return err == nil, err
		}
		report(0, 0, fmt.Sprintf("catching up: %s behind", replica.Size(int64(parseLSN(goal)-parseLSN(now)))))
		if now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > followPatience {
			return false, fmt.Errorf("%s: stands at %s and does not replay up to %s%s", m.To(), now, goal, m.logTail(ctx, 0))
		}
		return false, nil
	})
}

// refusesWrites tries to write, in a transaction that would be rolled back.
func (m making) refusesWrites(ctx context.Context) error {
	err := change(ctx, m.Target.Facts, "try to write on the replica", "BEGIN; CREATE TABLE belt_must_not_be(x int); ROLLBACK;")
	var exit *remote.ExitError
	switch {
	case err == nil:
		return fmt.Errorf("%s: it takes writes, so it is no replica", m.To())
	case errors.As(err, &exit) && strings.Contains(exit.Stderr, "read-only transaction"):
		return nil
	default:
		return err
	}
}

const replayedSQL = "SELECT coalesce(pg_last_wal_replay_lsn()::text, '')"

// catalogSQL counts what every database is made of.
const catalogSQL = "SELECT json_build_object('system', (SELECT system_identifier FROM pg_control_system()), " +
	"'databases', (SELECT json_agg(datname ORDER BY datname) FROM pg_database), " +
	"'roles', (SELECT md5(string_agg(rolname || coalesce(rolpassword, ''), ',' ORDER BY rolname)) FROM pg_authid), " +
	"'relations', (SELECT count(*) FROM pg_class WHERE relpersistence <> 't'))"
