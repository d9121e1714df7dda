package main

import (
	"context"
	"errors"
	"strings"

	"github.com/dbbelt/belt/internal/lab/answers"
	"github.com/dbbelt/belt/pkg/replication"
)

type scene struct{ *answers.Scene }

func states(a *answers.Scene) []func(context.Context) error {
	s := scene{a}
	return []func(context.Context) error{s.fresh, s.unfinished, s.healthy, s.stopped, s.lost, s.written, s.promoted}
}

func (s scene) look(ctx context.Context, state string) error {
	return s.Look(ctx, state, replication.Survey, "")
}

// cli asks a server as its administrator.
func (s scene) cli(ctx context.Context, i int, words ...string) (string, error) {
	return s.Host(i).RedisCLI(ctx, words...)
}

// says waits until a server's replication section has a line.
func (s scene) says(ctx context.Context, i int, line string) error {
	return s.Until(ctx, s.Nodes[i].Server+": "+line, func() bool {
		out, err := s.cli(ctx, i, "INFO", "replication")
		return err == nil && strings.Contains(out, line)
	})
}

func (s scene) fresh(ctx context.Context) error {
	_, err := s.cli(ctx, 0, "EVAL", "for i = 1, 5000 do redis.call('SET', 'key:' .. i, string.rep('x', 200)) end", "0")
	return errors.Join(err, s.look(ctx, "fresh"))
}

// unfinished is a run that was killed when the old data was set aside and the copy not begun.
func (s scene) unfinished(ctx context.Context) error {
	return errors.Join(s.EnableUntil(ctx, "start.db2"), s.look(ctx, "unfinished"))
}

func (s scene) healthy(ctx context.Context) error {
	return errors.Join(s.Enable(ctx), s.look(ctx, "healthy"), s.Look(ctx, "healthy", replication.Glance, "-glance"))
}

func (s scene) stopped(ctx context.Context) error {
	return errors.Join(s.Host(1).Systemctl(ctx, "stop"), s.says(ctx, 0, "connected_slaves:0"), s.look(ctx, "stopped"))
}

// lost lets the primary give up the changes that the stopped replica needs.
func (s scene) lost(ctx context.Context) error {
	_, err := s.cli(ctx, 0, "CONFIG", "SET", "repl-backlog-size", "16384")
	_, err2 := s.cli(ctx, 0, "EVAL", "for i = 1, 3000 do redis.call('SET', 'flood', string.rep('x', 1000) .. i) end", "0")
	return errors.Join(err, err2, s.look(ctx, "lost"), s.Host(1).Systemctl(ctx, "start"), s.says(ctx, 1, "master_link_status:up"))
}

// written is a replica that takes writes.
func (s scene) written(ctx context.Context) error {
	_, err := s.cli(ctx, 1, "CONFIG", "SET", "replica-read-only", "no")
	_, err2 := s.cli(ctx, 1, "SET", "stray", "x")
	return errors.Join(err, err2, s.look(ctx, "written"))
}

// promoted is a replica that was let go by accident.
func (s scene) promoted(ctx context.Context) error {
	_, err := s.cli(ctx, 1, "REPLICAOF", "NO", "ONE")
	return errors.Join(err, s.look(ctx, "promoted"))
}
