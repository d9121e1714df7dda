package sshrun

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"golang.org/x/crypto/ssh"
)

// runner is one server of a pool.
type runner struct {
	pool   *Pool
	target Target
}

func (r *runner) Server() string { return r.target.label() }

func (r *runner) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	title := remote.Title(cmd)
	c, sess, err := r.session(ctx)
	if err != nil {
		return remote.Result{Code: -1}, r.explain(ctx, title, err)
	}
	defer c.slots.release()
	defer sess.Close()

	mark := "belt-" + rand.Text()
	_, proven := c.proven.Load(cmd.As)
	line, err := commandLine(cmd, mark, !proven)
	if err != nil {
		return remote.Result{Code: -1}, fmt.Errorf("%s: %s: %w", r.Server(), title, err)
	}
	e := &execution{runner: r, conn: c, sess: sess, cmd: cmd, title: title, mark: mark}
	res, err := e.run(ctx, line)
	var exit *remote.ExitError
	if err == nil || errors.As(err, &exit) {
		c.proven.Store(cmd.As, true)
	}
	return res, err
}

// Dial makes a connection from the server, through its SSH connection.
func (r *runner) Dial(ctx context.Context, t remote.Tunnel) (net.Conn, error) {
	return r.pool.Dial(ctx, r.target, "tcp", t.Address)
}

// session opens a session on the server's connection. A connection that turns out to be gone is dialled again: no
// command has been sent yet.
func (r *runner) session(ctx context.Context) (*conn, *ssh.Session, error) {
	m, err := r.pool.machine(ctx, r.target)
	if err != nil {
		return nil, nil, err
	}
	for again := false; ; again = true {
		c, err := m.connect(ctx)
		if err != nil {
			return nil, nil, err
		}
		sess, err := c.session(ctx)
		if err == nil {
			return c, sess, nil
		}
		if !errors.Is(err, errGone) || again || ctx.Err() != nil {
			return nil, nil, m.asUnreachable(err)
		}
		c.end(err)
	}
}

// explain puts the server's own name in front, also where it is the jump host that failed.
func (r *runner) explain(ctx context.Context, title string, err error) error {
	if ctx.Err() != nil {
		return r.cancelled(ctx, title)
	}
	name := r.Server()
	var unreachable *remote.UnreachableError
	var hostKey *remote.HostKeyError
	var login *remote.LoginError
	at := ""
	for hop := (*hopError)(nil); errors.As(err, &hop); err = hop.err {
		at = "jump host " + hop.name + ": "
	}
	switch {
	case errors.As(err, &unreachable):
		e := *unreachable
		e.Addr, e.Server = at+e.Addr, name
		return &e
	case errors.As(err, &hostKey):
		e := *hostKey
		e.Detail, e.Server = at+e.Detail, name
		return &e
	case errors.As(err, &login):
		e := *login
		e.Detail, e.Server = at+e.Detail, name
		return &e
	}
	return fmt.Errorf("%s: %s: %w", name, title, err)
}

func (r *runner) cancelled(ctx context.Context, title string) error {
	return fmt.Errorf("%s: %s: stopped: %w", r.Server(), title, cause(ctx))
}

// cause is why a context ended; errors.Is finds context.Canceled or DeadlineExceeded in it.
func cause(ctx context.Context) error {
	if why := context.Cause(ctx); !errors.Is(why, ctx.Err()) {
		return fmt.Errorf("%w (%w)", why, ctx.Err())
	}
	return ctx.Err()
}

// execution is one command on one session.
type execution struct {
	*runner
	conn  *conn
	sess  *ssh.Session
	cmd   remote.Command
	title string
	mark  string

	stdout *afterMark
	stderr *afterMark
	errors tail
}

func (e *execution) run(ctx context.Context, line string) (remote.Result, error) {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var collected bytes.Buffer
	out := &gate{to: &collected}
	if e.cmd.Stdout != nil {
		out.to = e.cmd.Stdout
	}
	e.errors.max = 64 << 10
	e.stdout, e.stderr = &afterMark{mark: e.mark, to: out, group: make(chan string, 1)}, &afterMark{mark: e.mark, to: &e.errors}

	ended := make(chan error, 1)
	go func() { ended <- e.converse(stop, line) }()
	select {
	case err := <-ended:
		if why := context.Cause(work); why != nil && ctx.Err() == nil {
			return remote.Result{Code: -1}, fmt.Errorf("%s: %s: %w", e.Server(), e.title, why)
		}
		return e.judge(remote.Result{Stdout: collected.String(), Stderr: e.errors.String()}, err)
	case <-work.Done():
	}
	bound, cancel := context.WithTimeout(context.Background(), killTime)
	defer cancel()
	e.kill(bound, ended)
	out.close(bound) // nothing is written to the caller's writer any more
	if ctx.Err() != nil {
		return remote.Result{Code: -1}, e.cancelled(ctx, e.title)
	}
	return remote.Result{Code: -1}, fmt.Errorf("%s: %s: %w", e.Server(), e.title, context.Cause(work))
}

// converse starts the command, feeds it, drains both outputs, and returns what sess.Wait says. A broken reader or
// writer of the caller's stops the command.
func (e *execution) converse(stop context.CancelCauseFunc, line string) error {
	in, err := e.sess.StdinPipe()
	if err != nil {
		return err
	}
	out, err := e.sess.StdoutPipe()
	if err != nil {
		return err
	}
	errs, err := e.sess.StderrPipe()
	if err != nil {
		return err
	}
	if err := e.sess.Start(line); err != nil {
		return err
	}
	go func() {
		if e.cmd.Stdin != nil {
			if err := feed(in, e.cmd.Stdin); err != nil {
				stop(fmt.Errorf("read the input: %w", err)) // no end of input: it must not pass for complete
				return
			}
		}
		in.Close()
	}()
	drained := make(chan error, 2)
	for _, pipe := range []struct {
		to   io.Writer
		from io.Reader
	}{{e.stdout, out}, {e.stderr, errs}} {
		go func() {
			_, err := io.Copy(writerOnly{pipe.to}, readerOnly{pipe.from})
			if err != nil {
				stop(fmt.Errorf("take the output: %w", err))
			}
			drained <- err
		}()
	}
	<-drained
	<-drained
	return e.sess.Wait()
}

type (
	writerOnly struct{ io.Writer }
	readerOnly struct{ io.Reader }
)

// feed copies from into in. That the command takes no more is no error; that from breaks is one.
func feed(in io.Writer, from io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, err := in.Write(buf[:n]); err != nil {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// judge turns the way a command ended into the runner's errors.
func (e *execution) judge(res remote.Result, err error) (remote.Result, error) {
	var exit *ssh.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit):
		res.Code = exit.ExitStatus()
		if exit.Signal() != "" && res.Stderr == "" {
			res.Stderr = "killed by signal " + exit.Signal()
		}
	default:
		if !e.conn.alive() {
			err = e.conn.why
		}
		res.Code = -1
		return res, &remote.LostError{Server: e.Server(), Title: e.title, Err: err}
	}
	if !e.stdout.found || !e.stderr.found {
		said := strings.TrimSpace(e.stdout.noise() + "\n" + e.stderr.noise())
		return res, &remote.LoginError{Server: e.Server(), User: e.conn.client.User(), Err: err,
			Detail: fmt.Sprintf("its login shell did not start the command (exit code %d): %s", res.Code, said)}
	}
	if detail, refused := strings.CutPrefix(res.Stderr, e.mark+"-no "); refused {
		return remote.Result{Stderr: strings.TrimSpace(detail), Code: -1}, &remote.SudoError{Server: e.Server(), User: e.conn.client.User(), As: e.cmd.As, Detail: strings.TrimSpace(detail)}
	}
	if res.Code != 0 {
		return res, &remote.ExitError{Server: e.Server(), Title: e.title, Code: res.Code, Stderr: res.Stderr}
	}
	return res, nil
}
