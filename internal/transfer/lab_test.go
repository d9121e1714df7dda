//go:build lab

package transfer

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
	"github.com/dbbelt/belt/internal/transfer/programs"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

// TestRealServers moves streams between real servers: every way, with the network cut in the middle, and with a firewall
// that nobody knew of. Their databases are not used.
func TestRealServers(t *testing.T) {
	l := labtest.FreshSpec(t, lab.Spec{Name: labtest.Name(), Suite: labtest.Suite(), Dir: labtest.Dir(), Servers: []lab.ServerSpec{
		{App: "shop", Name: "db1", Kind: labtest.Engine()}, {App: "shop", Name: "db2", Kind: labtest.Engine()},
	}})
	db1, db2 := l.Server("shop", "db1"), l.Server("shop", "db2")
	pool := sshrun.New(sshrun.Options{ConfigFile: "none", SSH: "none", Agent: "none"})
	t.Cleanup(func() { pool.Close() })
	place := func(s *lab.Server) Place {
		return Place{Arch: "x86_64", Address: s.Internal.String(), Runner: pool.Runner(sshrun.Target{
			Label: s.Name, Host: s.External.String(), User: "deploy", IdentityFile: l.Identity(), KnownHosts: l.KnownHosts()})}
	}
	from, to := place(db1), place(db2)
	jobs := New()
	if _, err := programs.For("x86_64"); err != nil { // built without make
		jobs.program = func(string) ([]byte, error) { return self() }
	}
	stream := func(t *testing.T, path Path, mb int) Stream {
		s := Stream{
			ID: "test.lab", Title: "copy the data from db1", Path: path, Total: int64(mb) << 20,
			From: End{Runner: from.Runner, Arch: from.Arch, As: "daemon", Args: []string{fmt.Sprint(mb)},
				Script: `openssl enc -aes-128-ctr -K 00 -iv 00 -nosalt </dev/zero 2>/dev/null | head -c "$1"M`},
			To: End{Runner: to.Runner, Arch: to.Arch, Script: `sha256sum >/var/tmp/moved.new && mv /var/tmp/moved.new /var/tmp/moved`},
		}
		t.Cleanup(func() {
			if err := jobs.Stop(context.WithoutCancel(t.Context()), s); err != nil {
				t.Error(err)
			}
			left, err := db2.Exec(context.WithoutCancel(t.Context()), "rm -f /var/tmp/moved*; ls -d /var/lib/belt-knock.* /var/lib/belt/jobs/* 2>/dev/null; pgrep -a mover; exit 0")
			if err != nil || left != "" {
				t.Errorf("left on db2: %s, %v", left, err)
			}
		})
		return s
	}
	arrived := func(t *testing.T, s Stream, mb int) {
		t.Helper()
		want := labtest.Exec(t, db1, s.From.Script+" | sha256sum", fmt.Sprint(mb))
		if got := labtest.Exec(t, db2, "cat /var/tmp/moved"); got != want {
			t.Errorf("%s arrived, not %s", got, want)
		}
	}
	run := func(t *testing.T, s Stream, moving ...func(done int64)) (time.Duration, error) {
		t.Helper()
		begun := time.Now()
		var last string
		err := jobs.Run(t.Context(), s, func(done, total int64, note string) {
			for _, f := range moving {
				f(done)
			}
			if note != last {
				last = note
				t.Logf("%s after %.1f s: %s", byteCount(done), time.Since(begun).Seconds(), note)
			}
		})
		return time.Since(begun), err
	}

	t.Run("push", func(t *testing.T) {
		path, err := jobs.Probe(t.Context(), from, to)
		if err != nil || path.Way != ToPush || path.Rate <= 0 {
			t.Fatalf("%+v, %v", path, err)
		}
		s := stream(t, path, 500)
		took, err := run(t, s)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("500 MiB in %.1f s; one connection carried %s a second when it was probed", took.Seconds(), byteCount(path.Rate))
		arrived(t, s, 500)
	})
	t.Run("pull, because a firewall closes the ports of db2", func(t *testing.T) {
		block(t, db2)
		path, err := jobs.Probe(t.Context(), from, to)
		if err != nil || path.Way != ToPull || !strings.Contains(path.Detail, "db1 does not reach db2") {
			t.Fatalf("%+v, %v", path, err)
		}
		t.Log(path.Describe("db1", "db2"), "because", path.Detail)
		s := stream(t, path, 100)
		if _, err := run(t, s); err != nil {
			t.Fatal(err)
		}
		arrived(t, s, 100)
	})
	t.Run("through Belt, because they do not reach each other", func(t *testing.T) {
		block(t, db1)
		block(t, db2)
		path, err := jobs.Probe(t.Context(), from, to)
		if err != nil || path.Way != Relayed {
			t.Fatalf("%+v, %v", path, err)
		}
		t.Log(path.Describe("db1", "db2"), "because", path.Detail)
		s := stream(t, path, 100)
		took, err := run(t, s)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("100 MiB in %.1f s", took.Seconds())
		arrived(t, s, 100)
	})
	t.Run("the cable is pulled for a while", func(t *testing.T) {
		s := stream(t, Path{Way: ToPush, Address: to.Address}, 200)
		s.MaxRate = 20 << 20
		cut, moves := make(chan error, 1), make(chan struct{})
		var once sync.Once
		go func() {
			<-moves
			err := db1.Disconnect(context.WithoutCancel(t.Context()), lab.Internal)
			time.Sleep(30 * time.Second) // longer than a connection is believed to live
			if again := db1.Connect(context.WithoutCancel(t.Context()), lab.Internal); err == nil {
				err = again
			}
			cut <- err
		}()
		took, err := run(t, s, func(done int64) {
			if done > 0 {
				once.Do(func() { close(moves) })
			}
		})
		once.Do(func() { close(moves) })
		if e := <-cut; e != nil {
			t.Error(e)
		}
		if err != nil {
			t.Fatal(err)
		}
		if took < 30*time.Second {
			t.Errorf("it took %s: the cut shows nothing", took)
		}
		arrived(t, s, 200)
	})
	t.Run("a firewall that nobody knew of", func(t *testing.T) {
		block(t, db2)
		s := stream(t, Path{Way: ToPush, Address: to.Address}, 10)
		hasty := *jobs
		hasty.hasty = true
		begun := time.Now()
		err := hasty.Run(t.Context(), s, nil)
		if err == nil || !strings.Contains(err.Error(), "no connection to") || time.Since(begun) > time.Minute {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
		t.Log(err)
	})
}

// block drops what comes for the stream's ports.
func block(t *testing.T, s *lab.Server) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		if err := s.Heal(ctx); err != nil {
			t.Error(err)
		}
	})
	for port := DefaultPorts.First; port < DefaultPorts.First+DefaultPorts.Count; port++ {
		if err := s.BlockPort(ctx, port); err != nil {
			t.Fatal(err)
		}
	}
}

func byteCount(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
