// Package labtest hands labs to tests.
//
//	l := labtest.Fresh(t, "shop/db1", "shop/db2", "shop/web1") // as newly installed
//	db1, db2 := l.Server("shop", "db1"), l.Server("shop", "db2")
//	labtest.Fill(t, db1, 100)
//	writer := labtest.Writer(t, db1, lab.WriterOptions{})
//	… run belt with -f l.Inventory() …
//	labtest.NothingLost(t, writer, db1, db2)
//	labtest.Same(t, db1, db2)
//
// BELT_LAB_ENGINE selects the engine (postgresql), BELT_LAB_SUITE the suite (the
// engine's default). BELT_LAB_NAME is the lab's name
// (test-SUITE, with the engine before it when that is not PostgreSQL): tests with the same name take turns. BELT_LAB_KEEP=1 keeps the
// servers up after the last test, which saves the boot of the next run.
package labtest

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab"
)

// Engine is the engine to test.
func Engine() lab.Kind { return lab.Kind(env("BELT_LAB_ENGINE", string(lab.PostgreSQL))) }

// Suite is the Debian suite to test on.
func Suite() string { return env("BELT_LAB_SUITE", Engine().DefaultSuite()) }

// Name is the lab's name.
func Name() string {
	name := "test-" + Suite()
	if Engine() != lab.PostgreSQL {
		name = "test-" + string(Engine()) + "-" + Suite()
	}
	return env("BELT_LAB_NAME", name)
}

// Dir is the lab's folder: one for all test binaries, since the key in it is
// what the running servers accept.
func Dir() string { return filepath.Join(os.TempDir(), "belt-lab-"+Name()) }

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// usedMark is on every server that a test was given.
const usedMark = "/etc/lab-is-used"

// Fresh is the standard lab for this test alone, with the servers named
// ("shop/db1") as newly installed, and with an inventory of just these. All
// servers when none is named, which takes longer.
func Fresh(t testing.TB, ids ...string) *lab.Lab {
	t.Helper()
	return FreshSpec(t, lab.Standard(Engine(), Name(), Suite(), Dir()), ids...)
}

// FreshSpec is Fresh with other servers; the name and folder should be Name
// and Dir, so that labs do not pile up.
func FreshSpec(t testing.TB, spec lab.Spec, ids ...string) *lab.Lab {
	t.Helper()
	if lab.Mongod() == "" && slices.ContainsFunc(spec.Servers, func(s lab.ServerSpec) bool { return s.Kind == lab.MongoDB }) {
		t.Skipf("%s NOT RUN: %s", t.Name(), lab.NoMongod)
	}
	ctx := context.Background()
	unlock, err := lab.Lock(spec.Name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unlock)
	l, err := lab.Up(ctx, spec, logger{t})
	if err != nil {
		t.Fatalf("lab up: %v", err)
	}
	complained := len(l.StandInComplaints(ctx))
	t.Cleanup(func() {
		for _, complaint := range l.StandInComplaints(ctx)[complained:] {
			t.Errorf("mongod's stand-in: %s", complaint)
		}
	})
	servers, err := l.Find(ids...)
	if err != nil {
		t.Fatal(err)
	}
	var used []*lab.Server
	for _, server := range servers {
		before, err := server.Exec(ctx, "ls "+usedMark+" 2>/dev/null; touch "+usedMark)
		if err != nil {
			t.Fatal(err)
		}
		if before != "" {
			used = append(used, server)
		}
	}
	if len(used) > 0 {
		if err := l.Reset(ctx, used...); err != nil {
			t.Fatalf("lab reset: %v", err)
		}
	}
	for _, server := range used {
		if _, err := server.Exec(ctx, "touch "+usedMark); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.WriteInventory(l.Inventory(), servers...); err != nil {
		t.Fatal(err)
	}
	return l
}

// Main runs a package's tests and then takes the lab down: call it from
// TestMain, and exit with what it returns.
func Main(m *testing.M) int {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // under nohup a belt would ignore the hangup of a scenario
	code := m.Run()
	if os.Getenv("BELT_LAB_KEEP") != "" {
		return code
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	unlock, err := lab.Lock(Name())
	if err == nil {
		defer unlock()
		err = lab.Down(ctx, Name())
	}
	if err != nil { // it is the machine's trouble, not the tests': they say for themselves that Down works
		os.Stderr.WriteString("lab down: " + err.Error() + "\n")
		return code
	}
	os.RemoveAll(Dir())
	return code
}

// Fill fills the server's app database with about mb megabytes.
func Fill(t testing.TB, server *lab.Server, mb int) {
	t.Helper()
	if err := server.Fill(t.Context(), mb); err != nil {
		t.Fatal(err)
	}
}

// Writer writes to primary until the test ends or stops it.
func Writer(t testing.TB, primary *lab.Server, options lab.WriterOptions) *lab.Writer {
	t.Helper()
	writer, err := lab.StartWriter(t.Context(), primary, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { t.Logf("writer: %s", writer.Stop()) })
	return writer
}

// NothingLost stops the writer and fails the test if the primary, or a replica
// of it once it has replayed everything, lacks an acknowledged row.
func NothingLost(t testing.TB, writer *lab.Writer, primary *lab.Server, replicas ...*lab.Server) lab.Writes {
	t.Helper()
	writes := writer.Stop()
	for _, replica := range replicas {
		if err := primary.WaitReplayed(t.Context(), replica); err != nil {
			t.Fatal(err)
		}
	}
	for _, server := range append([]*lab.Server{primary}, replicas...) {
		lost, err := writer.Lost(t.Context(), server)
		if err != nil {
			t.Fatal(err)
		}
		if len(lost) > 0 {
			t.Errorf("%s: lost %d acknowledged rows, the first is %d (%s)", server, len(lost), lost[0], writes)
		}
	}
	return writes
}

// Same fails the test unless each replica, once it has replayed everything,
// holds exactly what the primary does. Writers must have stopped.
func Same(t testing.TB, primary *lab.Server, replicas ...*lab.Server) {
	t.Helper()
	want, err := primary.Checksum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, replica := range replicas {
		if err := primary.WaitReplayed(t.Context(), replica); err != nil {
			t.Fatal(err)
		}
		got, err := replica.Checksum(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from %s (-%s +%s):\n%s", replica, primary, primary, replica, diff)
		}
	}
}

// Exec is Server.Exec that fails the test.
func Exec(t testing.TB, server *lab.Server, script string, args ...string) string {
	t.Helper()
	out, err := server.Exec(t.Context(), script, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// PSQL is Server.PSQL that fails the test.
func PSQL(t testing.TB, server *lab.Server, sql string) string {
	t.Helper()
	out, err := server.PSQL(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// PSQLIn is Server.PSQLIn that fails the test.
func PSQLIn(t testing.TB, server *lab.Server, database, sql string) string {
	t.Helper()
	out, err := server.PSQLIn(t.Context(), database, sql)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type logger struct{ t testing.TB }

func (l logger) Write(p []byte) (int, error) {
	l.t.Logf("lab: %s", strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

// Run runs a program of this machine.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	return string(out)
}

// Systemctl is Server.Systemctl that fails the test.
func Systemctl(t testing.TB, s *lab.Server, verb string) {
	t.Helper()
	if err := s.Systemctl(t.Context(), verb); err != nil {
		t.Fatal(err)
	}
}

// Eventually polls until the condition holds.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("not in two minutes: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
