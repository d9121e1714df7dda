package mysql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// switchGTID goes the way that MySQL's manual prescribes for turning global transaction ids on or off while the server
// works: each step only when no transaction of the old kind is left.
func switchGTID(ctx context.Context, p replication.Facts, on bool, report plan.Progress) error {
	forward := []string{"OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"}
	mode, err := ask(ctx, p, "read gtid_mode", "SELECT @@GLOBAL.gtid_mode")
	if err != nil {
		return err
	}
	way := forward[slices.Index(forward, mode)+1:]
	if !on {
		slices.Reverse(forward)
		way = forward[slices.Index(forward, mode)+1:]
	} else if len(way) > 0 {
		// WARN would log what ON refuses: statements that no transaction id can be given to. There is no time to wait for one.
		if err := change(ctx, p, "enforce consistency with GTIDs", "SET GLOBAL enforce_gtid_consistency = WARN; SET GLOBAL enforce_gtid_consistency = ON"); err != nil {
			return err
		}
	}
	for _, next := range way {
		if next == "ON" || next == "OFF" {
			report(0, 0, "waiting for transactions without a GTID to end")
			if err := anonymousGone(ctx, p); err != nil {
				return err
			}
		}
		if err := change(ctx, p, "set gtid_mode", "SET GLOBAL gtid_mode = "+next); err != nil {
			return err
		}
	}
	if !on {
		return change(ctx, p, "no longer enforce consistency with GTIDs", "SET GLOBAL enforce_gtid_consistency = OFF")
	}
	return nil
}

// anonymousGone waits until no transaction without a GTID is under way.
func anonymousGone(ctx context.Context, p replication.Facts) error {
	err := replica.Until(ctx, time.Minute, func(ctx context.Context) (bool, error) {
		out, err := ask(ctx, p, "count transactions without a GTID",
			"SELECT COALESCE(SUM(variable_value), 0) FROM performance_schema.global_status WHERE variable_name = 'Ongoing_anonymous_transaction_count'")
		return out == "0", err
	})
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: transactions without a GTID are still open; end them, then run the command again", p.Node.Label)
	}
	return err
}
