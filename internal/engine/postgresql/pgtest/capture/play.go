package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/lab/answers"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

type scene struct{ *answers.Scene }

func states(a *answers.Scene) []func(context.Context) error {
	s := scene{a}
	return []func(context.Context) error{s.verifier, s.knocks, s.fresh, s.seeding, s.unfinished, s.healthy, s.stopped, s.lost, s.promoted}
}

func (s scene) look(ctx context.Context, state string) error {
	return s.Look(ctx, state, replication.Survey, "")
}

// sql runs statements as a server's administrator.
func (s scene) sql(ctx context.Context, i int, text string) (string, error) {
	return s.Host(i).PSQL(ctx, text)
}

// is tells whether the SQL answers with the text.
func (s scene) is(ctx context.Context, i int, want, text string) func() bool {
	return func() bool {
		out, err := s.sql(ctx, i, text)
		return err == nil && strings.TrimSpace(out) == want
	}
}

// verifier keeps what the server itself makes of a password.
func (s scene) verifier(ctx context.Context) error {
	out, err := s.sql(ctx, 0, `SET password_encryption = 'scram-sha-256'; CREATE ROLE known LOGIN PASSWORD 'pencil';
SELECT rolpassword FROM pg_authid WHERE rolname = 'known'; DROP ROLE known;`)
	if err != nil {
		return err
	}
	return s.Save(".", "scram-of-pencil", out+"\n")
}

// knocks keeps the refusals with and without TLS, of a closed port, and of an address that nobody has.
func (s scene) knocks(ctx context.Context) error {
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
	if err := s.Until(ctx, "ssl off", s.is(ctx, 0, "off", "SHOW ssl")); err != nil {
		return err
	}
	if err := s.knock(ctx, "no-entry-plain"); err != nil {
		return err
	}
	if err := errors.Join(set("ssl", "on"), set("listen_addresses", "'localhost'"), s.Host(0).Systemctl(ctx, "restart")); err != nil {
		return err
	}
	if err := s.knock(ctx, "refused"); err != nil {
		return err
	}
	real := s.Nodes[0].Internal
	s.Nodes[0].Internal = s.Lab.Servers()[0].Internal.Next().Next().Next().Next().String()
	err := s.knock(ctx, "no-host")
	s.Nodes[0].Internal = real
	_, err2 := s.sql(ctx, 0, "ALTER SYSTEM RESET ALL")
	return errors.Join(err, err2, s.Host(0).Systemctl(ctx, "restart"))
}

// knock saves how the primary's port answers a stranger from the replica's side.
func (s scene) knock(ctx context.Context, name string) error {
	facts, _ := s.Inspect(ctx, replication.Glance) // of a primary that listens to itself only, too
	s.Engine.Probe(ctx, facts[0], facts[1], "")
	return s.Save("knock", name, s.Server(1).Last("knock at the primary's port"))
}

func (s scene) fresh(ctx context.Context) error {
	if err := s.look(ctx, "fresh"); err != nil {
		return err
	}
	_, err := s.Inspect(ctx, replication.Glance)
	return errors.Join(err, s.Keep(0, "fresh", "-glance"))
}

// seeding looks while a slow copy runs, and lets go of it there.
func (s scene) seeding(ctx context.Context) error {
	p, err := s.Engine.PlanEnable(s.Request(ctx, "enable", replication.Options{MaxRate: 2 << 20}))
	if err != nil {
		return err
	}
	run, cancel := context.WithCancelCause(ctx)
	ended := make(chan plan.Outcome)
	go func() { ended <- plan.Apply(run, p, nil, plan.Options{}) }()
	err = s.Until(ctx, "the copy", func() bool {
		_, err := s.Host(1).Exec(ctx, `read -r done _ </var/lib/belt/jobs/seed.postgresql-5432/work/progress && [ "$done" -gt 0 ]`)
		return err == nil
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
func (s scene) unfinished(ctx context.Context) error {
	return errors.Join(s.EnableUntil(ctx, "swap.db2"), s.look(ctx, "unfinished"))
}

func (s scene) healthy(ctx context.Context) error {
	return errors.Join(s.Enable(ctx), s.look(ctx, "healthy"), s.Look(ctx, "healthy", replication.Glance, "-glance"))
}

func (s scene) stopped(ctx context.Context) error {
	if err := s.Host(1).Systemctl(ctx, "stop"); err != nil {
		return err
	}
	if err := s.Until(ctx, "the slot", s.is(ctx, 0, "f", "SELECT active FROM pg_replication_slots")); err != nil {
		return err
	}
	return s.look(ctx, "stopped")
}

// lost lets the primary give up the WAL that the stopped replica needs.
func (s scene) lost(ctx context.Context) error {
	sql := `ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'; SELECT pg_reload_conf();
CREATE TABLE filler (x int); DROP TABLE filler;`
	if _, err := s.sql(ctx, 0, sql); err != nil {
		return err
	}
	err := s.Until(ctx, "the slot's loss", func() bool {
		_, err := s.sql(ctx, 0, "SELECT pg_logical_emit_message(false, 'belt', 'fill'); SELECT pg_switch_wal(); CHECKPOINT;")
		return err == nil && s.is(ctx, 0, "lost", "SELECT wal_status FROM pg_replication_slots")()
	})
	if err != nil {
		return err
	}
	return errors.Join(s.Host(1).Systemctl(ctx, "start"), s.look(ctx, "lost"))
}

// promoted makes a replica of the lost one anew, and a primary of it by accident.
func (s scene) promoted(ctx context.Context) error {
	if _, err := s.sql(ctx, 0, "ALTER SYSTEM SET max_slot_wal_keep_size = '1GB';\nSELECT pg_reload_conf();"); err != nil {
		return err
	}
	if err := s.Resync(ctx); err != nil {
		return err
	}
	if _, err := s.sql(ctx, 1, "SELECT pg_promote(true, 60); CREATE TABLE of_its_own (x int);"); err != nil {
		return err
	}
	return s.look(ctx, "promoted")
}
