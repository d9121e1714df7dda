package main

import (
	"context"
	"errors"
	"strings"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/answers"
	"github.com/dbbelt/belt/pkg/replication"
)

type scene struct{ *answers.Scene }

func states(a *answers.Scene) []func(context.Context) error {
	s := scene{a}
	return []func(context.Context) error{s.fresh, s.unfinished, s.healthy, s.threads, s.stopped, s.lost, s.errant, s.released}
}

// look saves both depths: the tests plan from one and judge from the other.
func (s scene) look(ctx context.Context, state string) error {
	return errors.Join(s.Look(ctx, state, replication.Glance, "-glance"), s.Look(ctx, state, replication.Survey, "-survey"))
}

// word is what the product calls a replica.
func (s scene) word() string {
	if s.Kind == lab.MySQL {
		return "REPLICA"
	}
	return "SLAVE"
}

// sql runs statements as a server's administrator.
func (s scene) sql(ctx context.Context, i int, text string) error {
	_, err := s.Host(i).SQL(ctx, text)
	return err
}

func (s scene) fresh(ctx context.Context) error {
	return errors.Join(s.Host(0).Fill(ctx, 10), s.look(ctx, "fresh"))
}

// unfinished is a run that was killed when the copy was whole and not in its place.
func (s scene) unfinished(ctx context.Context) error {
	return errors.Join(s.EnableUntil(ctx, "swap.db2"), s.look(ctx, "unfinished"))
}

func (s scene) healthy(ctx context.Context) error {
	return errors.Join(s.Enable(ctx), s.look(ctx, "healthy"))
}

// threads is a replica whose threads somebody stopped.
func (s scene) threads(ctx context.Context) error {
	return errors.Join(s.sql(ctx, 1, "STOP "+s.word()), s.look(ctx, "stopped-threads"), s.sql(ctx, 1, "START "+s.word()))
}

func (s scene) stopped(ctx context.Context) error {
	return errors.Join(s.Host(1).Systemctl(ctx, "stop"), s.look(ctx, "stopped"))
}

// lost lets the primary purge the binary logs that the stopped replica needs.
func (s scene) lost(ctx context.Context) error {
	err := s.sql(ctx, 0, "CREATE TABLE shop.more (id INT PRIMARY KEY); FLUSH BINARY LOGS; INSERT INTO shop.more VALUES (1); FLUSH BINARY LOGS")
	logs, err2 := s.Host(0).SQL(ctx, "SHOW BINARY LOGS")
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	lines := strings.Split(logs, "\n")
	last := strings.Fields(lines[len(lines)-1])[0]
	return errors.Join(s.sql(ctx, 0, "PURGE BINARY LOGS TO '"+last+"'"), s.look(ctx, "lost"), s.Resync(ctx))
}

// errant is a replica that somebody let take writes, and that logged one.
func (s scene) errant(ctx context.Context) error {
	return errors.Join(s.sql(ctx, 1, "SET GLOBAL read_only = OFF; CREATE TABLE shop.stray (id INT); SET GLOBAL read_only = ON"), s.look(ctx, "errant"))
}

// released is a replica that somebody made a server of its own, behind Belt's back.
func (s scene) released(ctx context.Context) error {
	return errors.Join(s.sql(ctx, 1, "STOP "+s.word()+"; RESET "+s.word()+" ALL; SET GLOBAL read_only = OFF"), s.look(ctx, "released"))
}
