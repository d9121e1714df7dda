package sshrun

import (
	"context"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"golang.org/x/crypto/ssh"
)

// killTime bounds the attempt to end a cancelled command on the server.
const killTime = 2 * time.Second

// kill ends the command's process group, as well as that can be done: closing the session leaves it running, and
// sshd forwards signals only for some logins. It returns when the command has ended, or with the context.
func (e *execution) kill(ctx context.Context, ended <-chan error) {
	go e.signal(ctx)
	select {
	case <-ended:
	case <-ctx.Done():
	case <-e.conn.gone:
	}
}

func (e *execution) signal(ctx context.Context) {
	defer func() {
		<-ctx.Done() // until then the command may still tell how it ended
		e.sess.Close()
	}()
	e.sess.Signal(ssh.SIGTERM)
	var group string
	select {
	case group = <-e.stdout.group:
	case <-ctx.Done():
		return // it has not even started; its input and its session end now
	}
	// The process group stays the command's own as long as its session is open.
	line, err := commandLine(remote.Command{Script: `kill -s TERM -- "-$1"`, Args: []string{group}, As: e.cmd.As}, "belt-kill", false)
	if err != nil {
		return
	}
	killer, err := e.conn.client.NewSession() // beyond the slots: they may all be taken
	if err != nil {
		return
	}
	defer killer.Close()
	defer context.AfterFunc(ctx, func() { killer.Close() })()
	killer.Run(line)
}
