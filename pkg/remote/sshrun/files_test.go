package sshrun_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

func TestUploadAndDownload(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	p, to := pool(t, sshrun.Options{}), target(t, s)
	content := make([]byte, 5<<20+17)
	rand.New(rand.NewSource(1)).Read(content)
	path := filepath.Join(t.TempDir(), "it's a file")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := p.Upload(t.Context(), to, path, bytes.NewReader(content), int64(len(content))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	var back bytes.Buffer
	if err := p.Download(t.Context(), to, path, &back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(back.Bytes(), content) {
		t.Error("what came back differs")
	}
	if n := s.Logins(); n != 1 {
		t.Errorf("%d logins for two copies", n)
	}
}

func TestUploadThatFailsLeavesTheOldFile(t *testing.T) {
	for _, c := range []struct {
		name string
		from func(cancel func()) io.Reader
		want string
	}{
		{"the source breaks", func(func()) io.Reader {
			return io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), iotest.ErrReader(errors.New("broken on purpose")))
		}, "broken on purpose"},
		{"the source is too short", func(func()) io.Reader { return strings.NewReader("short") }, "the source had 5 bytes"},
		{"it is cancelled", func(cancel func()) io.Reader {
			return readerFunc(func(b []byte) (int, error) { cancel(); return len(b), nil })
		}, "stopped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := remotetest.NewServer(t, remotetest.ServerOptions{})
			p, to := pool(t, sshrun.Options{}), target(t, s)
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := p.Upload(ctx, to, path, c.from(cancel), 2<<20)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "db1: upload ") {
				t.Errorf("got %v", err)
			}
			if got, _ := os.ReadFile(path); string(got) != "old" {
				t.Errorf("the file holds %.20q", got)
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestDownloadOfWhatIsNotThere(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	err := pool(t, sshrun.Options{}).Download(t.Context(), target(t, s), "/nowhere/at all", &bytes.Buffer{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestServerWithoutSFTP(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{NoSFTP: true})
	err := pool(t, sshrun.Options{}).Download(t.Context(), target(t, s), "/etc/hostname", &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "no SFTP") {
		t.Errorf("got %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
