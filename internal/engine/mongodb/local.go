package mongodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
)

// commit sees to it that a standalone will have all that the set took. What a majority has is in the data files once mongod
// ended by itself; the rest, and with one that was killed all since its last checkpoint, is in the oplog only, which no
// standalone reads. So one that was killed is started as the member that it was.
func (c converter) commit(ctx context.Context) error {
	if err := c.StartIfDown(ctx); err != nil {
		return err
	}
	var goal optime
	err := replica.Until(ctx, time.Minute, func(ctx context.Context) (bool, error) {
		s, _, err := c.door().open(ctx, true)
		if err != nil {
			return false, err
		}
		defer s.close()
		var st status
		switch err := s.ask(ctx, "admin", bson.D{{Key: "replSetGetStatus", Value: 1}}, &st); {
		case failed(err, codeNoReplication):
			return true, nil // a standalone it is already
		case err != nil:
			return false, err
		}
		if goal.zero() && st.State == statePrimary {
			goal = st.Optimes.Applied
		}
		return !goal.zero() && st.Optimes.Committed.reached(goal), nil
	})
	if err != nil {
		return fmt.Errorf("%s: waiting until all that the set took is in the data files: %w", c.Label(), err)
	}
	return nil
}

// dropLocal drops what a set left in a mongod that is a standalone again: its configuration and its oplog.
func dropLocal(ctx context.Context, d door) error {
	s, _, err := d.open(ctx, false)
	if err != nil {
		return err
	}
	defer s.close()
	left, err := s.collections(ctx, "local", "system.replset")
	if err != nil || len(left) == 0 {
		return err
	}
	drop := func() error { return s.tell(ctx, "local", bson.D{{Key: "dropDatabase", Value: 1}}) }
	if err = drop(); failed(err, codeUnauthorized) && s.login != nil {
		return s.asAdminOfLocal(ctx, drop)
	}
	return err
}

// stripped tells whether a mongod has nothing of a set, and was started since it has not: with the configuration of one a
// standalone lets no document expire (TTL) until its next start. Each start logs itself in local.
func stripped(ctx context.Context, d door) (bool, error) {
	s, _, err := d.open(ctx, true)
	if err != nil {
		return false, err
	}
	defer s.close()
	set, err := s.collections(ctx, "local", "system.replset")
	if err != nil || len(set) > 0 {
		return false, err
	}
	started, err := s.collections(ctx, "local", "startup_log")
	return len(started) > 0, err
}

// strip takes what a set left out of a mongod that is a standalone again.
func strip(ctx context.Context, i replica.Instance, d door) error {
	if err := dropLocal(ctx, d); err != nil {
		return err
	}
	if done, err := stripped(ctx, d); err != nil || done {
		return err
	}
	return i.Start(ctx, "restart")
}

// asAdminOfLocal does what the role root does not allow in the database local: with the role of that database's own
// administrator, which root may give to itself. It is taken back.
func (s *session) asAdminOfLocal(ctx context.Context, do func() error) error {
	change := func(ctx context.Context, command string) error {
		return s.tell(ctx, s.login.AuthSource, bson.D{
			{Key: command, Value: s.login.Username}, {Key: "roles", Value: bson.A{bson.D{{Key: "role", Value: "dbAdmin"}, {Key: "db", Value: "local"}}}},
		})
	}
	if err := change(ctx, "grantRolesToUser"); err != nil {
		return err
	}
	err := do()
	return errors.Join(err, change(context.WithoutCancel(ctx), "revokeRolesFromUser"))
}
