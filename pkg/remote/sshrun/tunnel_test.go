package sshrun_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

// echoServer sends back what it gets.
func echoServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	return l.Addr().String()
}

func TestDialThroughTheServer(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	p, to := pool(t, sshrun.Options{}), target(t, s)
	c, err := p.Dial(t.Context(), to, "tcp", echoServer(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 5)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "hello" {
		t.Fatalf("got %q, %v", buf, err)
	}

	// A deadline ends a read that would wait for ever.
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
	}

	_, err = p.Dial(t.Context(), to, "tcp", "127.0.0.1:1")
	if err == nil || !strings.Contains(err.Error(), "db1: connect to 127.0.0.1:1: ") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a closed port: %v", err)
	}
	through, err := remote.Dial(t.Context(), remote.Guard(p.Runner(to)), remote.Tunnel{Address: echoServer(t), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer through.Close()
	if _, err := io.WriteString(through, "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(through, buf); err != nil || string(buf) != "hello" {
		t.Errorf("through a runner: %q, %v", buf, err)
	}
	if n := s.Logins(); n != 1 {
		t.Errorf("%d logins for two tunnels", n)
	}
}
