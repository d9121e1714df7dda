package sshrun

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/pkg/sftp"
)

// Upload writes a file on the server over SFTP, as the login user and readable only for it (0600). Its blocks travel
// side by side, which may leave holes after an error: so they go to a temporary name beside it, whose size is compared
// before it takes the file's place. A size below 0 means that it is not known in advance.
func (p *Pool) Upload(ctx context.Context, t Target, path string, from io.Reader, size int64) error {
	return p.sftp(ctx, t, "upload "+path, func(c *sftp.Client) error {
		tmp := path + ".belt." + rand.Text()[:8]
		if err := upload(c, tmp, untilDone{ctx, from, nil}, size); err != nil {
			return errors.Join(err, cleanUp(c, tmp))
		}
		if err := c.PosixRename(tmp, path); err != nil {
			return errors.Join(fmt.Errorf("rename %s to %s: %w", tmp, path, err), cleanUp(c, tmp))
		}
		return nil
	})
}

func upload(c *sftp.Client, tmp string, from io.Reader, size int64) error {
	f, err := c.Create(tmp)
	if err != nil {
		return fmt.Errorf("create %s: %w", tmp, err)
	}
	defer f.Close()
	if err := f.Chmod(0o600); err != nil {
		return fmt.Errorf("set the mode of %s: %w", tmp, err)
	}
	n, err := f.ReadFrom(from)
	if err != nil {
		return fmt.Errorf("write %s: %w", tmp, err)
	}
	if size >= 0 && n != size {
		return fmt.Errorf("the source had %d bytes, %d were expected", n, size)
	}
	if _, can := c.HasExtension("fsync@openssh.com"); can {
		if err := f.Sync(); err != nil {
			return fmt.Errorf("sync %s: %w", tmp, err)
		}
	}
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at %s: %w", tmp, err)
	}
	if info.Size() != n {
		return fmt.Errorf("%s has %d bytes after %d were written", tmp, info.Size(), n)
	}
	return f.Close()
}

// cleanUp removes what a failed upload has left. Where the session is gone the error says that the file is still there.
func cleanUp(c *sftp.Client, tmp string) error {
	done := make(chan error, 1)
	go func() { done <- c.Remove(tmp) }()
	select {
	case err := <-done:
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("%s may be left on the server: %w", tmp, err)
	case <-time.After(killTime):
		return fmt.Errorf("%s may be left on the server", tmp)
	}
}

// Download copies a file of the server to w over SFTP, as the login user.
func (p *Pool) Download(ctx context.Context, t Target, path string, w io.Writer) error {
	return p.sftp(ctx, t, "download "+path, func(c *sftp.Client) error {
		f, err := c.Open(path)
		if err != nil {
			return fmt.Errorf("open %s: %w", path, err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("look at %s: %w", path, err)
		}
		n, err := f.WriteTo(untilDone{ctx, nil, w})
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if n < info.Size() {
			return fmt.Errorf("%s ended after %d of %d bytes", path, n, info.Size())
		}
		return nil
	})
}

// sftp runs do with an SFTP session of its own on the server's connection.
func (p *Pool) sftp(ctx context.Context, t Target, title string, do func(*sftp.Client) error) error {
	r := &runner{pool: p, target: t}
	c, sess, err := r.session(ctx)
	if err != nil {
		return r.explain(ctx, title, err)
	}
	defer c.slots.release()
	defer sess.Close()

	done := make(chan error, 1)
	go func() {
		in, err := sess.StdinPipe()
		if err != nil {
			done <- err
			return
		}
		out, err := sess.StdoutPipe()
		if err != nil {
			done <- err
			return
		}
		if err := sess.RequestSubsystem("sftp"); err != nil {
			done <- fmt.Errorf("the server has no SFTP: %w", err)
			return
		}
		client, err := sftp.NewClientPipe(out, in, sftp.UseConcurrentWrites(true), sftp.UseConcurrentReads(true))
		if err != nil {
			done <- fmt.Errorf("the server's SFTP does not answer (a login shell that prints something breaks it): %w", err)
			return
		}
		done <- do(client)
		client.Close()
	}()
	select {
	case err = <-done:
	case <-ctx.Done():
		select {
		case <-done: // it notices by itself, and cleans up
		case <-time.After(killTime):
			sess.Close() // fails whatever is under way
		}
		return r.cancelled(ctx, title)
	}
	switch {
	case err == nil:
		return nil
	case !c.alive():
		return &remote.LostError{Server: r.Server(), Title: title, Err: c.why}
	}
	return fmt.Errorf("%s: %s: %w", r.Server(), title, err)
}

// untilDone ends a copy with its context.
type untilDone struct {
	ctx  context.Context
	from io.Reader
	to   io.Writer
}

func (u untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.from.Read(p)
}

func (u untilDone) Write(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.to.Write(p)
}
