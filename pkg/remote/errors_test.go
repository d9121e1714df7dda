package remote_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
)

func TestErrors(t *testing.T) {
	cause := errors.New("cause")
	for _, c := range []struct {
		err        error
		text, hint string
		wraps      bool
	}{
		{&remote.ExitError{Server: "db1", Title: "start", Code: 3, Stderr: " no\n"}, "db1: start: no", "", false},
		{&remote.ExitError{Server: "db1", Title: "start", Code: 3, Stderr: "\n"}, "db1: start: exit code 3", "", false},
		{&remote.UnreachableError{Server: "db1", Addr: "h:22", Err: cause}, "db1: cannot reach h:22: cause",
			"see that the server is up, that sshd runs there, and that belt.yaml has its address and port", true},
		{&remote.HostKeyError{Server: "db1", Detail: "d", Fix: "do this"}, "db1: its host key is unknown: d", "do this", false},
		{&remote.HostKeyError{Server: "db1", Changed: true, Detail: "d", Fix: "do this"}, "db1: its host key has changed: d", "do this", false},
		{&remote.LoginError{Server: "db1", User: "u", Detail: "d", Err: cause}, "db1: login as u refused: d",
			"check user and identity_file in belt.yaml, and the server's authorized_keys", true},
		{&remote.SudoError{Server: "db1", User: "u", As: "root", Detail: "d"}, "db1: user u may not run commands as root: d",
			"log in as root, or put this line into /etc/sudoers.d/belt on db1: u ALL=(ALL) NOPASSWD: ALL", false},
		{&remote.SudoError{Server: "db1", User: "u", As: "postgres", Detail: remote.NoSuchUser},
			"db1: user u may not run commands as postgres: there is no such user",
			"is the database installed on db1? its packages make the user postgres", false},
		{&remote.LostError{Server: "db1", Title: "copy", Err: cause}, "db1: connection lost during copy: cause", "", true},
		{&remote.GuardError{Server: "db1", Title: "copy"}, `db1: refused to run "copy": this part of belt only reads`, "", false},
	} {
		if got := c.err.Error(); got != c.text {
			t.Errorf("%T: %q, want %q", c.err, got, c.text)
		}
		hint := ""
		if h, ok := c.err.(interface{ Hint() string }); ok {
			hint = h.Hint()
		}
		if hint != c.hint {
			t.Errorf("%T: hint %q, want %q", c.err, hint, c.hint)
		}
		if errors.Is(c.err, cause) != c.wraps {
			t.Errorf("%T: wraps its cause: %t", c.err, !c.wraps)
		}
	}
}

func TestUnreachableSaysTheAddressOnce(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(203, 0, 113, 9), Port: 22},
		Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{refused, "db1: cannot reach 203.0.113.9:22: connection refused"},
		{fmt.Errorf("after 3 tries: %w", refused), "db1: cannot reach 203.0.113.9:22: after 3 tries: connection refused"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "db9"}}, "db1: cannot reach 203.0.113.9:22: lookup db9: no such host"},
		{&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, "db1: cannot reach 203.0.113.9:22: read tcp: connection reset by peer"},
		{errors.New("silent for 10s"), "db1: cannot reach 203.0.113.9:22: silent for 10s"},
	} {
		got := (&remote.UnreachableError{Server: "db1", Addr: "203.0.113.9:22", Err: tt.err}).Error()
		if got != tt.want {
			t.Errorf("%v:\n got %s\nwant %s", tt.err, got, tt.want)
		}
	}
}
