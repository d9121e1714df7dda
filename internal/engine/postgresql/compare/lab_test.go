//go:build lab

package compare_test

import (
	"context"
	_ "embed"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/engine/postgresql"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed testdata/pair.sh
	pairScript string
	//go:embed testdata/storm.sh
	stormScript string
	//go:embed testdata/tamper.sh
	tamperScript string
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }

// TestRealServers compares a real standby: a true copy under every kind of change, one with a row that was changed in
// its files, and one that was promoted and written to.
func TestRealServers(t *testing.T) {
	l := labtest.FreshSpec(t, lab.Spec{Name: labtest.Name(), Suite: labtest.Suite(), Dir: labtest.Dir(), Servers: []lab.ServerSpec{
		{App: "shop", Name: "db1", Kind: lab.PostgreSQL},
	}})
	server := l.Server("shop", "db1")
	labtest.Exec(t, server, pairScript)
	pool := sshrun.New(sshrun.Options{ConfigFile: "none", SSH: "none", Agent: "none"})
	t.Cleanup(func() { pool.Close() })
	engine := postgresql.New()
	inspect := func(t *testing.T, label, folder string, port int) replication.Facts {
		t.Helper()
		f := engine.Inspect(t.Context(), replication.Node{
			App: "shop", Server: label, Label: label, Database: "postgresql", Engine: "postgresql",
			Runner: pool.Runner(sshrun.Target{Label: label, Host: server.External.String(), User: "deploy",
				IdentityFile: l.Identity(), KnownHosts: l.KnownHosts()}),
			Settings: replication.Settings{Port: port, DataDir: "/var/tmp/pair/" + folder},
		}, replication.Glance)
		if f.Err != nil || !f.Running {
			t.Fatalf("%s: %v %s", label, f.Err, f.Problem)
		}
		return f
	}
	verify := func(t *testing.T) replication.Verification {
		t.Helper()
		begun := time.Now()
		v, err := engine.Verify(t.Context(), inspect(t, "db1", "primary", 6001), inspect(t, "db2", "standby", 6002), replication.VerifyOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d tables, %d rows in %.1f s: equal %v", v.Tables, v.Rows, time.Since(begun).Seconds(), v.Equal)
		return v
	}
	ask := func(t *testing.T, port, sql string) {
		t.Helper()
		labtest.Exec(t, server, `cd / && runuser -u postgres -- psql -XqAt -h /var/tmp/pair -p "$1" -d postgres -c "$2"`, port, sql)
	}

	t.Run("a true copy", func(t *testing.T) {
		v := verify(t)
		if !v.Equal || v.Tables != 4 || v.Rows != 200022 {
			t.Errorf("want 4 tables and 200022 rows, equal: %+v", v)
		}
	})
	t.Run("a true copy while everything changes", func(t *testing.T) {
		storm := make(chan error, 1)
		go func() {
			_, err := server.Exec(context.WithoutCancel(t.Context()), stormScript, "20")
			storm <- err
		}()
		for round, over := 0, false; !over || round < 2; round++ {
			v := verify(t)
			if !v.Equal {
				t.Errorf("round %d: %+v", round, v.Differences)
			}
			select {
			case err := <-storm:
				over = true
				if err != nil {
					t.Fatal(err)
				}
			default:
			}
		}
		if v := verify(t); !slices.Contains(v.Skipped, "public.unlogged: unlogged: empty on a replica by design") {
			t.Errorf("skipped: %q", v.Skipped)
		}
	})
	t.Run("one changed row", func(t *testing.T) {
		labtest.Exec(t, server, tamperScript)
		v := verify(t)
		want := []replication.Difference{{Object: "public.marked", Detail: "row id=4242 differs in v"}}
		if v.Equal || !slices.Equal(v.Differences, want) {
			t.Errorf("got %+v, want %+v", v.Differences, want)
		}
		ask(t, "6001", "VACUUM FULL marked") // writes all of it to the log, and so mends the standby
		if v := verify(t); !v.Equal {
			t.Errorf("mended: %+v", v.Differences)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		primary, replica := inspect(t, "db1", "primary", 6001), inspect(t, "db2", "standby", 6002)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := engine.Verify(ctx, primary, replica, replication.VerifyOptions{MaxRate: 1 << 20}, func(done, _ int64, _ string) {
			if done > 0 {
				cancel()
			}
		})
		if err == nil {
			t.Fatal("no error")
		}
		deadline := time.Now().Add(20 * time.Second)
		for labtest.Exec(t, server, "pgrep -fc 'application_name=[b]elt' || true") != "0" {
			if time.Now().After(deadline) {
				t.Fatal("a psql is left behind")
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	t.Run("promoted and written to", func(t *testing.T) {
		ask(t, "6002", "SELECT pg_promote()")
		ask(t, "6002", "UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = 4711; CREATE TABLE strange (a int)")
		v := verify(t)
		want := replication.Difference{Object: "public.pgbench_accounts", Detail: "row aid=4711 differs in abalance"}
		table := replication.Difference{Object: "public.strange", Detail: "the table itself is on db2 only"}
		if v.Equal || !slices.Contains(v.Differences, want) || !slices.Contains(v.Differences, table) {
			t.Errorf("got %+v, want %v and %v", v.Differences, want, table)
		}
		for _, d := range v.Differences {
			if strings.HasPrefix(d.Object, "public.") && d != want && d != table {
				t.Errorf("a difference that is none: %v", d)
			}
		}
	})
}
