package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// bootTimeout is far above the few seconds that a boot takes, for busy machines.
const bootTimeout = 5 * time.Minute

// WaitReady returns once systemd has finished booting, sshd answers and, on a
// database server, PostgreSQL does.
func (s *Server) WaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	if err := poll(ctx, s.systemd); err != nil {
		return fmt.Errorf("%s: systemd: %w", s.ID(), err)
	}
	if err := poll(ctx, s.sshd); err != nil {
		return fmt.Errorf("%s: sshd: %w", s.ID(), err)
	}
	if s.Kind != PostgreSQL {
		return nil
	}
	return s.WaitPostgreSQL(ctx)
}

// WaitPostgreSQL returns once PostgreSQL answers a query, as primary or replica.
func (s *Server) WaitPostgreSQL(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	err := poll(ctx, func(ctx context.Context) error {
		_, err := s.PSQL(ctx, "SELECT 1")
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: PostgreSQL: %w", s.ID(), err)
	}
	return nil
}

func (s *Server) systemd(ctx context.Context) error {
	// Exits with 1 in any state but running; degraded is booted all the same.
	state, err := docker(ctx, "exec", s.Container, "systemctl", "is-system-running")
	if state == "running" || state == "degraded" {
		return nil
	}
	if said(err, "is not running") {
		logs, _ := docker(ctx, "logs", "--tail", "5", s.Container) // the error stands without them
		return &goneError{err: err, logs: logs}
	}
	if err != nil && state == "" {
		return err
	}
	return fmt.Errorf("state is %s", state)
}

func (s *Server) sshd(ctx context.Context) error {
	conn, err := (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "tcp", net.JoinHostPort(s.External.String(), "22"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	banner := make([]byte, 4)
	if _, err := io.ReadFull(conn, banner); err != nil {
		return err
	}
	if string(banner) != "SSH-" {
		return fmt.Errorf("%s:22 greets with %q", s.External, banner)
	}
	return nil
}

// WaitReplayed returns once replica has replayed all that s, its primary, has
// written so far.
func (s *Server) WaitReplayed(ctx context.Context, replica *Server) error {
	target, err := s.PSQL(ctx, "SELECT pg_current_wal_lsn()")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	return poll(ctx, func(ctx context.Context) error {
		out, err := replica.PSQL(ctx, "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= '"+target+"', pg_last_wal_replay_lsn()")
		if err != nil || strings.HasPrefix(out, "t|t|") {
			return err
		}
		return fmt.Errorf("%s: wants to replay %s; in recovery|replayed|position: %s", replica.ID(), target, out)
	})
}

// goneError is a server that has ended: there is nothing to wait for.
type goneError struct {
	err  error
	logs string
}

func (e *goneError) Error() string {
	text := e.err.Error()
	if e.logs != "" {
		text += ": " + e.logs
	}
	return text + "; where many labs run, testdata/lab/prepare raises fs.inotify.max_user_instances"
}

func (e *goneError) Unwrap() error { return e.err }

// poll calls try until it succeeds, and returns its last error with the
// context's when that ends first.
func poll(ctx context.Context, try func(context.Context) error) error {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	var last error
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if gone := new(goneError); errors.As(err, &gone) {
			return err
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; at last: %w", ctx.Err(), last)
		case <-ticker.C:
		}
	}
}
