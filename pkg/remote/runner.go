// Package remote runs commands on servers.
//
// It knows commands, results and the ways in which a server fails to answer; it knows neither SSH (see sshrun) nor
// databases. Everything above it works against [Runner], so the same code runs over SSH, over the scripted fake of
// remotetest, and behind the decorators of this package.
package remote

import (
	"context"
	"io"
)

// Command is one POSIX sh script to run on a server.
type Command struct {
	// Script is the body that /bin/sh runs with LC_ALL=C. Values reach it as $1, $2 … from Args or on Stdin, never by
	// formatting them into the text.
	Script string
	// Args become $1, $2 …. They are visible in the server's process list: never a secret.
	Args []string
	// As is the system user that runs the script: empty for the login user, "root", or another one such as "postgres".
	As string
	// Stdin is fed to the script; secrets travel here. Nil is an empty input.
	Stdin io.Reader
	// Stdout receives the output as it comes; nil collects it in Result.Stdout.
	Stdout io.Writer
	// ReadOnly is the caller's promise that the script changes nothing on the server; the guard of inspection and of
	// --dry-run lets only such commands pass.
	ReadOnly bool
	// Private keeps what the script prints on stdout out of traces: it has secrets that Belt does not know, such as those
	// of a file that others write to.
	Private bool
	// Title says in a few words what the command is for, in traces and errors. Empty: the script's first line.
	Title string
}

// Result is what a finished command left behind.
type Result struct {
	Stdout string // empty when Command.Stdout was set
	Stderr string // at most the last 64 KiB
	Code   int    // the exit code
}

// Runner runs commands on one server. It is safe for concurrent use.
//
// Run returns an *ExitError when the script ended with another code than 0 (the Result is filled all the same), an
// *UnreachableError, *HostKeyError, *LoginError or *SudoError when it could not be started, and a *LostError when the
// connection broke while it ran: then its outcome is unknown and has to be looked at again.
type Runner interface {
	// Server is the name under which the server appears in messages: "db2", or "shop-eu/db1" from outside its app.
	Server() string
	Run(ctx context.Context, cmd Command) (Result, error)
}
