package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

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
