package compare

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrLag is behind the error of a replica that did not get to where its primary was.
var ErrLag = errors.New("the replica is behind")

type lagError struct {
	replica, want string
	patience      time.Duration
}

func (e *lagError) Error() string {
	return fmt.Sprintf("%s: did not execute %s within %s", e.replica, e.want, e.patience)
}
func (e *lagError) Unwrap() error { return ErrLag }

// Hint is the next step for the user.
func (e *lagError) Hint() string {
	return "wait until it has caught up (belt db replicate wait), then verify again"
}

// positionOf asks the primary for all transactions that it has executed, those that it has shown so far among them.
//
// MySQL shows a transaction's rows a moment before it counts as executed; looking several times makes up for that.
func (p *pair) positionOf() string {
	if p.primary.version.mariaDB {
		return "SELECT '=', REPLACE(@@GLOBAL.gtid_binlog_pos, '\\n', '')"
	}
	return "SELECT '=', REPLACE(@@GLOBAL.gtid_executed, '\\n', '')"
}

// catchUp waits until the replica has executed the position.
func (p *pair) catchUp(ctx context.Context, position string) error {
	if !p.following || position == "" || position == p.reached {
		return nil
	}
	start := time.Now()
	told := false
	for {
		answer, err := p.replica.value(ctx, p.waitFor(position))
		if err != nil {
			return err
		}
		waited := time.Since(start)
		switch {
		case answer == "0" || p.primary.version.mariaDB && answer != "-1":
			p.reached = position
			if told {
				p.meter.Resume()
			}
			return nil
		case waited > p.patience:
			return &lagError{replica: p.replica.name, want: shorten(position), patience: p.patience}
		}
		if still, err := p.replica.follows(ctx); err != nil || !still {
			return errors.Join(err, fmt.Errorf("%s: it stopped replicating while it was being verified", p.replica.name))
		}
		if !told {
			told = true
			p.meter.Waiting(fmt.Sprintf("waiting for %s to execute %s", p.replica.name, shorten(position)))
		}
	}
}

// waitFor is an expression that waits for a second: 0 is done, 1 (MySQL) or -1 (MariaDB) is not yet.
func (p *pair) waitFor(position string) string {
	if p.primary.version.mariaDB {
		return "MASTER_GTID_WAIT('" + position + "', 1)"
	}
	return "WAIT_FOR_EXECUTED_GTID_SET('" + position + "', 1)"
}

// shorten is a set of transactions as people can read it.
func shorten(position string) string {
	if i := strings.LastIndexByte(position, ','); i > 0 && len(position) > 120 {
		return "…" + strings.TrimSpace(position[i+1:])
	}
	return position
}
