package remote

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// ExitError says that a script ran and ended with a code other than 0.
type ExitError struct {
	Server string
	Title  string
	Code   int    // the exit code
	Stderr string // as in [Result]
}

func (e *ExitError) Error() string {
	text := strings.TrimSpace(e.Stderr)
	if text == "" {
		return fmt.Sprintf("%s: %s: exit code %d", e.Server, e.Title, e.Code)
	}
	return fmt.Sprintf("%s: %s: %s", e.Server, e.Title, text)
}

// UnreachableError says that no connection to the server could be made.
type UnreachableError struct {
	Server string
	Addr   string
	Err    error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s: cannot reach %s: %s", e.Server, e.Addr, e.reason())
}

// reason is the error without "dial tcp ADDRESS: connect: ": the address is said already.
func (e *UnreachableError) reason() string {
	var dial *net.OpError
	if !errors.As(e.Err, &dial) || dial.Op != "dial" {
		return fmt.Sprint(e.Err)
	}
	why := dial.Err
	var call *os.SyscallError
	if errors.As(why, &call) {
		why = call.Err
	}
	return strings.Replace(e.Err.Error(), dial.Error(), why.Error(), 1)
}
func (e *UnreachableError) Unwrap() error { return e.Err }

// Hint is the next step for the user.
func (e *UnreachableError) Hint() string {
	return "see that the server is up, that sshd runs there, and that belt.yaml has its address and port"
}

// HostKeyError says that the server's host key is unknown, or is not the one that was expected.
type HostKeyError struct {
	Server  string
	Changed bool   // a different key is on record
	Detail  string // fingerprints, file and line
	Fix     string // the next step for the user
}

func (e *HostKeyError) Error() string {
	what := "its host key is unknown"
	if e.Changed {
		what = "its host key has changed"
	}
	return fmt.Sprintf("%s: %s: %s", e.Server, what, e.Detail)
}

// Hint is the next step for the user.
func (e *HostKeyError) Hint() string { return e.Fix }

// LoginError says that the server refused the login.
type LoginError struct {
	Server string
	User   string
	Detail string // the methods and keys that were tried
	Err    error
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("%s: login as %s refused: %s", e.Server, e.User, e.Detail)
}
func (e *LoginError) Unwrap() error { return e.Err }

// Hint is the next step for the user.
func (e *LoginError) Hint() string {
	return "check user and identity_file in belt.yaml, and the server's authorized_keys"
}

// SudoError says that the login user may not become the user that a command needs.
type SudoError struct {
	Server string
	User   string // the login user
	As     string // whom it had to become
	Detail string
}

func (e *SudoError) Error() string {
	return fmt.Sprintf("%s: user %s may not run commands as %s: %s", e.Server, e.User, e.As, e.Detail)
}

// NoSuchUser is the detail of a SudoError when the server has no user of that name.
const NoSuchUser = "there is no such user"

// Hint shows the sudoers line that is missing.
func (e *SudoError) Hint() string {
	if e.Detail == NoSuchUser {
		return fmt.Sprintf("is the database installed on %s? its packages make the user %s", e.Server, e.As)
	}
	return fmt.Sprintf("log in as root, or put this line into /etc/sudoers.d/belt on %s: %s ALL=(ALL) NOPASSWD: ALL", e.Server, e.User)
}

// LostError says that the connection broke while a command ran: its outcome is unknown.
type LostError struct {
	Server string
	Title  string
	Err    error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("%s: connection lost during %s: %v", e.Server, e.Title, e.Err)
}
func (e *LostError) Unwrap() error { return e.Err }

// GuardError says that a command which may change something was sent through a read-only runner. It is a defect in Belt.
type GuardError struct {
	Server string
	Title  string
}

func (e *GuardError) Error() string {
	return fmt.Sprintf("%s: refused to run %q: this part of belt only reads", e.Server, e.Title)
}
