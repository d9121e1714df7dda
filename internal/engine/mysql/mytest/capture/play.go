package main

import (
	"context"
	"errors"
	"strings"
)

// play leads the servers through every state.
func (s *scene) play(ctx context.Context) error {
	for _, scene := range []func(context.Context) error{s.fresh, s.unfinished, s.healthy, s.threads, s.stopped, s.lost, s.errant, s.released} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) fresh(ctx context.Context) error {
	return errors.Join(s.server(0).Host.Fill(ctx, 10), s.look(ctx, "fresh"))
}

// unfinished is a run that was killed when the copy was whole and not in its place.
func (s *scene) unfinished(ctx context.Context) error {
	return errors.Join(s.apply(ctx, "enable", "swap.db2"), s.look(ctx, "unfinished"))
}

func (s *scene) healthy(ctx context.Context) error {
	return errors.Join(s.apply(ctx, "enable", ""), s.look(ctx, "healthy"))
}

// threads is a replica whose threads somebody stopped.
func (s *scene) threads(ctx context.Context) error {
	return errors.Join(s.sql(ctx, 1, "STOP "+s.word()), s.look(ctx, "stopped-threads"), s.sql(ctx, 1, "START "+s.word()))
}

func (s *scene) stopped(ctx context.Context) error {
	return errors.Join(s.server(1).Host.Systemctl(ctx, "stop"), s.look(ctx, "stopped"))
}

// lost lets the primary purge the binary logs that the stopped replica needs.
func (s *scene) lost(ctx context.Context) error {
	err := s.sql(ctx, 0, "CREATE TABLE shop.more (id INT PRIMARY KEY); FLUSH BINARY LOGS; INSERT INTO shop.more VALUES (1); FLUSH BINARY LOGS")
	logs, err2 := s.server(0).Host.SQL(ctx, "SHOW BINARY LOGS")
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	lines := strings.Split(logs, "\n")
	last := strings.Fields(lines[len(lines)-1])[0]
	return errors.Join(s.sql(ctx, 0, "PURGE BINARY LOGS TO '"+last+"'"), s.look(ctx, "lost"), s.apply(ctx, "resync", ""))
}

// errant is a replica that somebody let take writes, and that logged one.
func (s *scene) errant(ctx context.Context) error {
	return errors.Join(s.sql(ctx, 1, "SET GLOBAL read_only = OFF; CREATE TABLE shop.stray (id INT); SET GLOBAL read_only = ON"), s.look(ctx, "errant"))
}

// released is a replica that somebody made a server of its own, behind Belt's back.
func (s *scene) released(ctx context.Context) error {
	return errors.Join(s.sql(ctx, 1, "STOP "+s.word()+"; RESET "+s.word()+" ALL; SET GLOBAL read_only = OFF"), s.look(ctx, "released"))
}
