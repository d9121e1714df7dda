//go:build lab

package sshrun_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }

// TestRealServer holds everything against OpenSSH's own sshd, sudo and the login shells that people have.
func TestRealServer(t *testing.T) {
	l := labtest.FreshSpec(t, lab.Spec{Name: labtest.Name(), Suite: labtest.Suite(), Dir: labtest.Dir(), Servers: []lab.ServerSpec{
		{App: "shop", Name: "web1", Kind: lab.Web},
		{App: "shop", Name: "web2", Kind: lab.Web},
	}})
	web1, web2 := l.Server("shop", "web1"), l.Server("shop", "web2")
	to := func(user string) sshrun.Target {
		return sshrun.Target{Label: "db1", Host: web1.External.String(), User: user, IdentityFile: l.Identity(), KnownHosts: l.KnownHosts()}
	}

	for _, user := range []string{"root", "deploy", "fishy", "cshy", "noisy"} {
		t.Run("contract for "+user, func(t *testing.T) {
			remotetest.RunnerContract(t, true, func(t *testing.T) remote.Runner { return pool(t, sshrun.Options{}).Runner(to(user)) })
		})
	}
	t.Run("no sudo", func(t *testing.T) {
		for _, user := range []string{"nosudo", "asked"} {
			r := pool(t, sshrun.Options{}).Runner(to(user))
			_, err := r.Run(t.Context(), remote.Command{Script: "id", As: "root"})
			var refused *remote.SudoError
			if !errors.As(err, &refused) || refused.User != user || !strings.Contains(refused.Detail, "password") {
				t.Errorf("%s: got %v, want a SudoError", user, err)
			}
			mustRun(t, r)
		}
	})
	t.Run("large scripts", func(t *testing.T) {
		for _, user := range []string{"deploy", "fishy", "cshy"} {
			r := pool(t, sshrun.Options{}).Runner(to(user))
			filler := strings.Repeat(": filler\n", 10000) // 90 KB
			got, err := r.Run(t.Context(), remote.Command{Script: filler + "echo here", As: "root"})
			if err != nil || got.Stdout != "here\n" {
				t.Errorf("%s: got %.60q, %.200v", user, got.Stdout, err)
			}
			_, err = r.Run(t.Context(), remote.Command{Title: "much", Script: filler + filler})
			if err == nil || !strings.Contains(err.Error(), "send data on stdin") {
				t.Errorf("%s: 180 KB: %v", user, err)
			}
		}
	})
	t.Run("files", func(t *testing.T) {
		remotetest.FileContract(t, pool(t, sshrun.Options{}).Runner(to("deploy")), "root")
		p, content := pool(t, sshrun.Options{}), bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
		if err := p.Upload(t.Context(), to("deploy"), "/home/deploy/file", bytes.NewReader(content), int64(len(content))); err != nil {
			t.Fatal(err)
		}
		var back bytes.Buffer
		if err := p.Download(t.Context(), to("deploy"), "/home/deploy/file", &back); err != nil || !bytes.Equal(back.Bytes(), content) {
			t.Errorf("%d bytes came back, %v", back.Len(), err)
		}
		err := p.Upload(t.Context(), to("deploy"), "/etc/belt-file", strings.NewReader("x"), 1)
		if !errors.Is(err, os.ErrPermission) {
			t.Errorf("got %v, want a permission error", err)
		}
	})
	t.Run("jump and tunnel", func(t *testing.T) {
		p := pool(t, sshrun.Options{})
		jumped := to("deploy")
		jumped.Host, jumped.Jump = web2.Internal.String(), "noisy@"+web1.External.String()
		mustRun(t, p.Runner(jumped))
		c, err := p.Dial(t.Context(), jumped, "tcp", "127.0.0.1:22")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		banner := make([]byte, 8)
		if _, err := c.Read(banner); err != nil || string(banner) != "SSH-2.0-" {
			t.Errorf("got %q, %v", banner, err)
		}
	})
	t.Run("many logins at once", func(t *testing.T) {
		var wg sync.WaitGroup
		for i := range 40 { // more than MaxStartups lets in without drops
			wg.Add(1)
			go func() {
				defer wg.Done()
				mustRun(t, pool(t, sshrun.Options{}).Runner(to([]string{"root", "deploy"}[i%2])))
			}()
		}
		wg.Wait()
	})
	t.Run("many commands at once", func(t *testing.T) {
		r := pool(t, sshrun.Options{}).Runner(to("deploy"))
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				got, err := r.Run(t.Context(), remote.Command{Script: `echo "$1"`, Args: []string{fmt.Sprint(i)}, As: "root"})
				if err != nil || got.Stdout != fmt.Sprintln(i) {
					t.Errorf("%d: %q, %v", i, got.Stdout, err)
				}
			}()
		}
		wg.Wait()
	})
	t.Run("cut cable", func(t *testing.T) {
		r := pool(t, sshrun.Options{KeepAlive: 300 * time.Millisecond}).Runner(to("deploy"))
		mustRun(t, r)
		ended := begin(t, t.Context(), r)
		if err := web1.Disconnect(context.Background(), lab.External); err != nil {
			t.Fatal(err)
		}
		err := <-ended
		if err := web1.Connect(context.Background(), lab.External); err != nil {
			t.Fatal(err)
		}
		mustBeLost(t, err)
		mustRun(t, r)
	})
}
