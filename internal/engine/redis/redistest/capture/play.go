package main

import (
	"context"
	"errors"
)

// play leads the servers through every state.
func (s *scene) play(ctx context.Context) error {
	for _, scene := range []func(context.Context) error{s.fresh, s.unfinished, s.healthy, s.stopped, s.lost, s.written, s.promoted} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) fresh(ctx context.Context) error {
	_, err := s.cli(ctx, 0, "EVAL", "for i = 1, 5000 do redis.call('SET', 'key:' .. i, string.rep('x', 200)) end", "0")
	return errors.Join(err, s.look(ctx, "fresh"))
}

// unfinished is a run that was killed when the old data was set aside and the copy not begun.
func (s *scene) unfinished(ctx context.Context) error {
	return errors.Join(s.apply(ctx, "enable", "start.db2"), s.look(ctx, "unfinished"))
}

func (s *scene) healthy(ctx context.Context) error {
	return errors.Join(s.apply(ctx, "enable", ""), s.look(ctx, "healthy"))
}

func (s *scene) stopped(ctx context.Context) error {
	return errors.Join(s.server(1).Host.Systemctl(ctx, "stop"), s.until(ctx, 0, "connected_slaves:0", "INFO", "replication"), s.look(ctx, "stopped"))
}

// lost lets the primary give up the changes that the stopped replica needs.
func (s *scene) lost(ctx context.Context) error {
	_, err := s.cli(ctx, 0, "CONFIG", "SET", "repl-backlog-size", "16384")
	_, err2 := s.cli(ctx, 0, "EVAL", "for i = 1, 3000 do redis.call('SET', 'flood', string.rep('x', 1000) .. i) end", "0")
	return errors.Join(err, err2, s.look(ctx, "lost"), s.server(1).Host.Systemctl(ctx, "start"), s.until(ctx, 1, "master_link_status:up", "INFO", "replication"))
}

// written is a replica that takes writes.
func (s *scene) written(ctx context.Context) error {
	_, err := s.cli(ctx, 1, "CONFIG", "SET", "replica-read-only", "no")
	_, err2 := s.cli(ctx, 1, "SET", "stray", "x")
	return errors.Join(err, err2, s.look(ctx, "written"))
}

// promoted is a replica that was let go by accident.
func (s *scene) promoted(ctx context.Context) error {
	_, err := s.cli(ctx, 1, "REPLICAOF", "NO", "ONE")
	return errors.Join(err, s.look(ctx, "promoted"))
}
