package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// bootTimeout is far above the few seconds that a boot takes, for busy machines.
const bootTimeout = 5 * time.Minute

// WaitReady returns once systemd has finished booting, sshd answers and, on a
// database server, the database does.
func (s *Server) WaitReady(ctx context.Context) error {
	if err := s.waitBoot(ctx); err != nil {
		return err
	}
	if err := s.waitSSH(ctx); err != nil {
		return err
	}
	if !s.Kind.IsEngine() {
		return nil
	}
	return s.WaitDatabase(ctx)
}

// waitBoot waits on the server itself: asking time and again from here would
// slow the boots of all the others.
func (s *Server) waitBoot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	_, err := s.Exec(ctx, s.script("booted.sh"))
	if !said(err, "is not running") {
		return err
	}
	logs, _ := docker(context.WithoutCancel(ctx), "logs", "--tail", "5", s.Container) // the error stands without them
	return fmt.Errorf("%w: %s; where many labs run, testdata/lab/prepare raises fs.inotify.max_user_instances", err, logs)
}

func (s *Server) waitSSH(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	if err := poll(ctx, s.sshd); err != nil {
		return fmt.Errorf("%s: sshd: %w", s.ID(), err)
	}
	return nil
}

// WaitDatabase returns once the database answers its administrator, as primary or replica.
func (s *Server) WaitDatabase(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	if err := poll(ctx, s.kit().ping); err != nil {
		return fmt.Errorf("%s: %s: %w", s.ID(), s.Kind, err)
	}
	return nil
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
	position, err := s.kit().position(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	return poll(ctx, func(ctx context.Context) error { return replica.kit().replayed(ctx, position) })
}

// finalError ends a poll.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// poll calls try until it succeeds or returns a finalError, and returns its
// last error with the context's when that ends first.
func poll(ctx context.Context, try func(context.Context) error) error {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	var last error
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if final := new(finalError); errors.As(err, &final) {
			return final.error
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
