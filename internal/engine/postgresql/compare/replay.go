package compare

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	shared "github.com/dbbelt/belt/internal/compare"
)

// position is where the primary stands in its log: everything it has shown so far was written before.
func (p *pair) position(ctx context.Context) (string, error) {
	if !p.following {
		return "", nil
	}
	return p.primary.value(ctx, insertPosition)
}

const insertPosition = "pg_current_wal_insert_lsn()"

// ErrLag is behind the error of a replica that did not get to where its primary was.
var ErrLag = errors.New("the replica is behind")

type lagError struct {
	replica, want, have string
	patience            time.Duration
}

func (e *lagError) Error() string {
	return fmt.Sprintf("%s: did not replay up to %s within %s, it is at %s", e.replica, e.want, e.patience, e.have)
}
func (e *lagError) Unwrap() error { return ErrLag }

// Hint is the next step for the user.
func (e *lagError) Hint() string {
	return "wait until it has caught up (belt db replicate wait), then verify again"
}

// catchUp waits until the replica has replayed up to the position.
//
// On a primary at rest this can take up to 15 seconds: log that belongs to no commit, such as the cleaning of a page,
// leaves the primary with the next commit or with the background writer's regular note of running transactions.
func (p *pair) catchUp(ctx context.Context, position string) error {
	if !p.following {
		return nil
	}
	want := p.endOfRecord(position)
	start := time.Now()
	told := false
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		rows, err := p.replica.rows(ctx, fmt.Sprintf("SELECT json_build_array(pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn() >= '%s', false), pg_last_wal_replay_lsn())", want))
		if err != nil {
			return err
		}
		waited := time.Since(start)
		switch {
		case rows[0][0] != "true":
			return fmt.Errorf("%s: it was promoted while it was being verified", p.replica.name)
		case rows[0][1] == "true":
			if told {
				p.meter.Resume()
			}
			return nil
		case waited > p.patience:
			return &lagError{replica: p.replica.name, want: want, have: rows[0][2], patience: p.patience}
		case waited > time.Second && !told:
			told = true
			p.meter.Waiting(fmt.Sprintf("waiting for %s to replay %s", p.replica.name, want))
		}
		if err := shared.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// endOfRecord turns the insert position into the end of the record before it. At the start of a page of the log the two
// differ by the page's header (24 bytes, 40 for the first page of a segment), and a standby at rest never gets past it.
func (p *pair) endOfRecord(position string) string {
	high, low, _ := strings.Cut(position, "/")
	h, err1 := strconv.ParseUint(high, 16, 32)
	l, err2 := strconv.ParseUint(low, 16, 32)
	if err1 != nil || err2 != nil || p.walBlock == 0 || p.walSegment == 0 {
		return position
	}
	at := h<<32 | l
	switch {
	case at%p.walSegment == 40:
		at -= 40
	case at%p.walBlock == 24:
		at -= 24
	}
	return fmt.Sprintf("%X/%X", at>>32, uint32(at))
}

// follows tells whether the replica applies its primary's changes, so that waiting for it makes sense. One that is
// just connecting again is given a few seconds.
func (s *side) follows(ctx context.Context) (bool, error) {
	for deadline := time.Now().Add(5 * time.Second); ; {
		rows, err := s.rows(ctx, `SELECT json_build_array(pg_is_in_recovery(),
			CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END,
			EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming'))`)
		if err != nil {
			return false, err
		}
		recovery, paused, streaming := rows[0][0] == "true", rows[0][1] == "true", rows[0][2] == "true"
		switch {
		case !recovery || paused:
			return false, nil
		case streaming:
			return true, nil
		case time.Now().After(deadline):
			return false, nil
		}
		if err := shared.Sleep(ctx, 200*time.Millisecond); err != nil {
			return false, err
		}
	}
}
