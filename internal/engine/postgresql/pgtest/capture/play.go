package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// play leads the servers through every state.
func (s *scene) play(ctx context.Context) error {
	for _, scene := range []func(context.Context) error{s.verifier, s.knocks, s.fresh, s.seeding, s.unfinished, s.healthy, s.stopped, s.lost, s.promoted} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

// verifier keeps what the server itself makes of a password.
func (s *scene) verifier(ctx context.Context) error {
	out, err := s.sql(ctx, 0, `SET password_encryption = 'scram-sha-256'; CREATE ROLE known LOGIN PASSWORD 'pencil';
SELECT rolpassword FROM pg_authid WHERE rolname = 'known'; DROP ROLE known;`)
	if err != nil {
		return err
	}
	return s.save(".", "scram-of-pencil", out+"\n")
}

// knocks keeps the refusals with and without TLS, of a closed port, and of an address that nobody has.
func (s *scene) knocks(ctx context.Context) error {
	set := func(name, value string) error {
		_, err := s.sql(ctx, 0, fmt.Sprintf("ALTER SYSTEM SET %s = %s;\nSELECT pg_reload_conf();", name, value))
		return err
	}
	if err := s.knock(ctx, "no-entry-tls"); err != nil {
		return err
	}
	if err := set("ssl", "off"); err != nil {
		return err
	}
	if err := until(ctx, "ssl off", s.is(ctx, 0, "off", "SHOW ssl")); err != nil {
		return err
	}
	if err := s.knock(ctx, "no-entry-plain"); err != nil {
		return err
	}
	if err := errors.Join(set("ssl", "on"), set("listen_addresses", "'localhost'"), s.script(ctx, 0, unit+`systemctl restart "$unit"`)); err != nil {
		return err
	}
	if err := s.knock(ctx, "refused"); err != nil {
		return err
	}
	real := s.nodes[0].Internal
	s.nodes[0].Internal = s.lab.Servers()[0].Internal.Next().Next().Next().Next().String()
	err := s.knock(ctx, "no-host")
	s.nodes[0].Internal = real
	_, err2 := s.sql(ctx, 0, "ALTER SYSTEM RESET ALL")
	return errors.Join(err, err2, s.script(ctx, 0, unit+`systemctl restart "$unit"`))
}

func (s *scene) fresh(ctx context.Context) error {
	if err := s.look(ctx, "fresh"); err != nil {
		return err
	}
	if f := s.inspect(ctx, replication.Glance)[0]; f.Err != nil {
		return f.Err
	}
	return s.save("fresh", "db1-glance", s.server(0).Last("inspect PostgreSQL"))
}

// seeding looks while a slow copy runs, and lets go of it there.
func (s *scene) seeding(ctx context.Context) error {
	p, err := s.engine.PlanEnable(s.request(ctx, "enable", replication.Options{MaxRate: 2 << 20}))
	if err != nil {
		return err
	}
	run, cancel := context.WithCancelCause(ctx)
	ended := make(chan plan.Outcome)
	go func() { ended <- plan.Apply(run, p, nil, plan.Options{}) }()
	err = until(ctx, "the copy", func() bool {
		return s.script(ctx, 1, `read -r done _ </var/lib/belt/jobs/seed.postgresql-5432/work/progress && [ "$done" -gt 0 ]`) == nil
	})
	if err == nil {
		err = s.look(ctx, "seeding")
	}
	cancel(plan.ErrInterrupt)
	if o := <-ended; !o.RolledBack {
		err = errors.Join(err, fmt.Errorf("not rolled back: %w, left %v", o.Err, o.Left))
	}
	return err
}

// unfinished ends a run between the copy and its use.
func (s *scene) unfinished(ctx context.Context) error {
	p, err := s.engine.PlanEnable(s.request(ctx, "enable", replication.Options{}))
	if err != nil {
		return err
	}
	if o := plan.Apply(ctx, killed(p, "swap.db2"), nil, plan.Options{}); !o.Detached {
		return fmt.Errorf("the unfinished run: %+v", o)
	}
	return s.look(ctx, "unfinished")
}

func (s *scene) healthy(ctx context.Context) error {
	if err := s.enable(ctx, replication.Options{}); err != nil {
		return err
	}
	if err := s.look(ctx, "healthy"); err != nil {
		return err
	}
	for i, f := range s.inspect(ctx, replication.Glance) {
		if err := errors.Join(f.Err, s.save("healthy", f.Node.Server+"-glance", s.server(i).Last("inspect PostgreSQL"))); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) stopped(ctx context.Context) error {
	if err := s.script(ctx, 1, unit+`systemctl stop "$unit"`); err != nil {
		return err
	}
	if err := until(ctx, "the slot", s.is(ctx, 0, "f", "SELECT active FROM pg_replication_slots")); err != nil {
		return err
	}
	return s.look(ctx, "stopped")
}

// lost lets the primary give up the WAL that the stopped replica needs.
func (s *scene) lost(ctx context.Context) error {
	sql := `ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'; SELECT pg_reload_conf();
CREATE TABLE filler (x int); DROP TABLE filler;`
	if _, err := s.sql(ctx, 0, sql); err != nil {
		return err
	}
	err := until(ctx, "the slot's loss", func() bool {
		_, err := s.sql(ctx, 0, "SELECT pg_logical_emit_message(false, 'belt', 'fill'); SELECT pg_switch_wal(); CHECKPOINT;")
		return err == nil && s.is(ctx, 0, "lost", "SELECT wal_status FROM pg_replication_slots")()
	})
	if err != nil {
		return err
	}
	return errors.Join(s.script(ctx, 1, unit+`systemctl start "$unit"`), s.look(ctx, "lost"))
}

// promoted makes a replica of the lost one anew, and a primary of it by accident.
func (s *scene) promoted(ctx context.Context) error {
	if _, err := s.sql(ctx, 0, "ALTER SYSTEM SET max_slot_wal_keep_size = '1GB';\nSELECT pg_reload_conf();"); err != nil {
		return err
	}
	p, err := s.engine.PlanResync(s.request(ctx, "resync", replication.Options{}))
	if err != nil {
		return err
	}
	if err := plan.Apply(ctx, p, nil, plan.Options{}).Err; err != nil {
		return err
	}
	if _, err := s.sql(ctx, 1, "SELECT pg_promote(true, 60); CREATE TABLE of_its_own (x int);"); err != nil {
		return err
	}
	return s.look(ctx, "promoted")
}
