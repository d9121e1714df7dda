package sshrun_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

func mustBeUnreachable(t *testing.T, r remote.Runner, within time.Duration, parts ...string) {
	t.Helper()
	begin := time.Now()
	_, err := r.Run(t.Context(), echo)
	var down *remote.UnreachableError
	if !errors.As(err, &down) || down.Server != "db1" {
		t.Fatalf("got %v, want an UnreachableError of db1", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if took := time.Since(begin); took > within {
		t.Errorf("it took %s", took)
	}
}

func TestSilentServer(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{Silent: true})
	p := pool(t, sshrun.Options{ConnectTimeout: 300 * time.Millisecond})
	mustBeUnreachable(t, p.Runner(target(t, s)), 2*time.Second, "no answer within 300ms", s.Addr())

	// The caller's own deadline is an error of its own.
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := pool(t, sshrun.Options{}).Runner(target(t, s)).Run(ctx, echo)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
}

// Everybody who waits for a server that is down hears of it at once, not one after the other.
func TestManyWaitForASilentServer(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{Silent: true})
	r := pool(t, sshrun.Options{ConnectTimeout: 400 * time.Millisecond}).Runner(target(t, s))
	var wg sync.WaitGroup
	for range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			begin := time.Now()
			_, err := r.Run(t.Context(), echo)
			var down *remote.UnreachableError
			if !errors.As(err, &down) || time.Since(begin) > 3*time.Second {
				t.Errorf("%v after %s", err, time.Since(begin))
			}
		}()
	}
	wg.Wait()
}

// One who gives up takes nobody with him.
func TestDialOutlivesTheOneWhoStartedIt(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{DropHandshakes: 3})
	r := pool(t, sshrun.Options{}).Runner(target(t, s))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	first := make(chan error, 1)
	go func() { _, err := r.Run(ctx, echo); first <- err }()
	mustRun(t, r)
	if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the first: %v", err)
	}
}

func TestClosedPort(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	r := runner(t, s)
	s.Close()
	mustBeUnreachable(t, r, 3*time.Second, "connection refused", s.Addr())
}

// sshd drops connections at random when many are unfinished (MaxStartups).
func TestDroppedHandshakesAreTriedAgain(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{DropHandshakes: 3})
	mustRun(t, runner(t, s))

	s = remotetest.NewServer(t, remotetest.ServerOptions{DropHandshakes: 1000})
	p := pool(t, sshrun.Options{ConnectTimeout: 700 * time.Millisecond})
	mustBeUnreachable(t, p.Runner(target(t, s)), 3*time.Second, "it hung up on ", "within 700ms", "MaxStartups", "handshake failed")
}

func TestUnknownName(t *testing.T) {
	p := pool(t, sshrun.Options{})
	mustBeUnreachable(t, p.Runner(sshrun.Target{Label: "db1", Host: "no-such-host.invalid"}), 12*time.Second, "no-such-host.invalid")
	mustBeUnreachable(t, p.Runner(sshrun.Target{Label: "db1", Host: "127.0.0.1", Port: "70000"}), time.Second, "port")
}

// waitFor polls until the condition holds.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// begin runs a command that waits for its input, and returns when it runs.
func begin(t *testing.T, ctx context.Context, r remote.Runner) <-chan error {
	t.Helper()
	var running atomic.Bool
	hold, release := net.Pipe()
	t.Cleanup(func() { hold.Close(); release.Close() })
	ended := make(chan error, 1)
	go func() {
		_, err := r.Run(ctx, remote.Command{Title: "wait", Script: "echo here; cat", Stdin: hold, Stdout: writer(func() { running.Store(true) })})
		ended <- err
	}()
	waitFor(t, "the command runs", running.Load)
	return ended
}

type writer func()

func (w writer) Write(p []byte) (int, error) { w(); return len(p), nil }

func mustBeLost(t *testing.T, err error) {
	t.Helper()
	var lost *remote.LostError
	if !errors.As(err, &lost) || lost.Server != "db1" || lost.Title != "wait" {
		t.Errorf("got %v, want a LostError", err)
	}
}

func TestLostConnection(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	r := runner(t, s)
	a, b := begin(t, t.Context(), r), begin(t, t.Context(), r)
	s.Cut()
	mustBeLost(t, <-a)
	mustBeLost(t, <-b)

	// The next command dials again.
	mustRun(t, r)
	if n := s.Logins(); n != 2 {
		t.Errorf("%d logins, want 2", n)
	}
}

func TestKeepAliveFindsADeadConnection(t *testing.T) {
	var deaf atomic.Bool
	s := remotetest.NewServer(t, remotetest.ServerOptions{Deaf: &deaf})
	r := pool(t, sshrun.Options{KeepAlive: 50 * time.Millisecond}).Runner(target(t, s))
	ended := begin(t, t.Context(), r)
	select {
	case err := <-ended:
		t.Fatalf("it ended while the server answered: %v", err)
	case <-time.After(500 * time.Millisecond): // ten signs of life
	}
	deaf.Store(true)
	select {
	case err := <-ended:
		mustBeLost(t, err)
		if !strings.Contains(err.Error(), "no sign of life") {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it still runs")
	}
	deaf.Store(false)
	mustRun(t, r)
}

// Cancelling must not wait for a server that does not answer.
func TestCancelOnADeadConnection(t *testing.T) {
	var deaf atomic.Bool
	s := remotetest.NewServer(t, remotetest.ServerOptions{Deaf: &deaf})
	r := runner(t, s)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := begin(t, ctx, r)
	deaf.Store(true)
	since := time.Now()
	reason := errors.New("the lock was lost")
	cancel(reason)
	err := <-ended
	if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) {
		t.Errorf("got %v, want context.Canceled and its cause", err)
	}
	if took := time.Since(since); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	p := pool(t, sshrun.Options{})
	r := p.Runner(target(t, s))
	ended := begin(t, t.Context(), r)
	p.Close()
	mustBeLost(t, <-ended)
	if _, err := r.Run(t.Context(), echo); err == nil {
		t.Error("a closed pool ran a command")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	for _, c := range []struct{ server, most int }{{0, 8}, {3, 3}, {1, 1}} {
		s := remotetest.NewServer(t, remotetest.ServerOptions{MaxSessions: c.server})
		r := runner(t, s)
		// Each waits for as many as may be there at once: fewer would wait for ever.
		const meet = `: >"$1/$$"; until [ "$(ls "$1" | wc -l)" -ge "$2" ]; do sleep 0.01; done`
		args := []string{t.TempDir(), strconv.Itoa(c.most)}
		var wg sync.WaitGroup
		for range 25 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if _, err := r.Run(t.Context(), remote.Command{Script: meet, Args: args}); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		if got := s.MostSessions(); got != c.most {
			t.Errorf("at most %d sessions at once, want %d", got, c.most)
		}
		if n := s.Logins(); n != 1 {
			t.Errorf("%d logins", n)
		}
	}
}

// sshd begins to drop connections when 10 logins are under way (MaxStartups 10:30:100).
func TestHandshakesAreBounded(t *testing.T) {
	for _, c := range []struct{ parallel, most int }{{0, 9}, {3, 4}} { // the server may count one that the client has done
		s := remotetest.NewServer(t, remotetest.ServerOptions{})
		p := pool(t, sshrun.Options{Parallel: c.parallel, SSH: "none"})
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				to := target(t, s)
				to.User = fmt.Sprintf("user%d", i)
				mustRun(t, p.Runner(to))
			}()
		}
		wg.Wait()
		if got := s.MostHandshakes(); got > c.most || got < 2 {
			t.Errorf("%d logins were under way at once, want at most %d", got, c.most)
		}
		if got := s.Logins(); got != 60 {
			t.Errorf("%d logins", got)
		}
	}
}

func TestIPv6(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skip("this machine has no IPv6 loopback address")
	} else {
		l.Close()
	}
	s := remotetest.NewServer(t, remotetest.ServerOptions{Listen: "[::1]:0"})
	for _, host := range []string{"::1", "[::1]"} {
		to := target(t, s)
		to.Host = host
		mustRun(t, pool(t, sshrun.Options{}).Runner(to))
	}
	to := target(t, s)
	to.Jump = "deploy@" + s.Addr()
	mustRun(t, pool(t, sshrun.Options{}).Runner(to))
}
