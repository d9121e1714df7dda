package lock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

var kim = Owner{Who: "kim", Host: "laptop", Command: "db replicate enable shop/postgresql"}

func acquire(t *testing.T, dir string, name string, opts ...Option) *Lock {
	t.Helper()
	l, err := Acquire(t.Context(), []Place{{local{name: "db1"}, name}}, kim, append(opts, In(dir))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Release)
	return l
}

func probe(t *testing.T, dir, name string) (*Owner, bool) {
	t.Helper()
	o, held, err := Probe(t.Context(), local{name: "db1"}, name, In(dir))
	if err != nil {
		t.Fatal(err)
	}
	return o, held
}

// pid is the process that holds the lock on the server.
func pid(t *testing.T, dir, name string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name+".owner"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.Fields(string(b))[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestASecondRunIsToldWhoHoldsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := acquire(t, dir, "postgresql-5432")
	_, err := Acquire(t.Context(), []Place{{local{name: "db1"}, "postgresql-5432"}}, Owner{Who: "lee"}, In(dir))
	held, ok := errors.AsType[*HeldError](err)
	if !ok || held.Owner.ID != l.Owner.ID || time.Since(held.Owner.Since).Abs() > 5*time.Second {
		t.Fatalf("got %v", err)
	}
	want := "db1: another run holds the lock: kim@laptop runs 'db replicate enable shop/postgresql' since " +
		held.Owner.Since.Local().Format("15:04:05") + " ("
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("message %q", err)
	}
	if o, is := probe(t, dir, "postgresql-5432"); !is || o == nil || o.ID != l.Owner.ID || o.Who != "kim" {
		t.Errorf("probe %v %v", o, is)
	}
	acquire(t, dir, "redis-6379") // another lock is free

	l.Release()
	if l.Err() != nil || l.Context().Err() == nil {
		t.Errorf("after release: %v, %v", l.Err(), l.Context().Err())
	}
	if _, held := probe(t, dir, "postgresql-5432"); held {
		t.Error("held after release")
	}
	acquire(t, dir, "postgresql-5432")
}

func TestProbeCreatesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "belt")
	if _, held := probe(t, dir, "x"); held {
		t.Error("held, and nothing is there")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("it made the folder")
	}
}

func TestTwoNamesForOneServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	places := []Place{{local{name: "shop/db2"}, "postgresql-5432"}, {local{name: "shop/db1"}, "postgresql-5432"}}
	_, err := Acquire(t.Context(), places, kim, In(dir))
	if same, ok := errors.AsType[*SameServerError](err); !ok || *same != (SameServerError{A: "shop/db1", B: "shop/db2"}) {
		t.Fatalf("got %v", err)
	}
	if _, held := probe(t, dir, "postgresql-5432"); held {
		t.Error("still held")
	}
	places[0].Name = "postgresql-5433" // two clusters of one server are two things
	l, err := Acquire(t.Context(), places, kim, In(dir))
	if err != nil {
		t.Fatal(err)
	}
	l.Release()
}

// inDir is a server of its own: its locks lie in a folder of their own.
type inDir struct {
	local
	dir string
}

func (s inDir) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Args = append([]string{s.dir}, c.Args[1:]...)
	return s.local.Run(ctx, c)
}

func TestOfTwoRunsOneGetsAllServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var places []Place
	for _, name := range []string{"db3", "db1", "db2"} {
		places = append(places, Place{inDir{local{name: name}, filepath.Join(dir, name)}, "postgresql-5432"})
	}
	for round := range 12 {
		var wg sync.WaitGroup
		var won [2]*Lock
		var errs [2]error
		for i := range won {
			wg.Go(func() { won[i], errs[i] = Acquire(t.Context(), places, kim) })
		}
		wg.Wait()
		if (won[0] == nil) == (won[1] == nil) {
			t.Fatalf("round %d: %v and %v", round, errs[0], errs[1])
		}
		for i := range won {
			if won[i] != nil {
				won[i].Release()
			} else if _, ok := errors.AsType[*HeldError](errs[i]); !ok {
				t.Errorf("round %d: the loser got %v", round, errs[i])
			}
		}
	}
}

// A failure half-way leaves nothing locked.
func TestAllOrNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	down := &remote.UnreachableError{Server: "db2", Err: errors.New("no route")}
	places := []Place{{inDir{local{name: "db1"}, dir}, "x"}, {broken{down}, "x"}}
	if _, err := Acquire(t.Context(), places, kim); !errors.Is(err, down) {
		t.Fatalf("got %v", err)
	}
	if _, held := probe(t, dir, "x"); held {
		t.Error("db1 is still locked")
	}
}

type broken struct{ err error }

func (broken) Server() string { return "db2" }
func (b broken) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{}, b.err
}

func TestKilledOnTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := acquire(t, dir, "x")
	syscall.Kill(pid(t, dir, "x"), syscall.SIGKILL)
	lost(t, l)
	if _, held := probe(t, dir, "x"); held {
		t.Error("a child of the holder keeps the lock")
	}
	acquire(t, dir, "x") // the record of the dead one is still there
}

// lost waits until the lock is known to be lost.
func lost(t *testing.T, l *Lock) {
	t.Helper()
	select {
	case <-l.Context().Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the loss went unnoticed for 10 s")
	}
	cause := context.Cause(l.Context())
	if _, ok := errors.AsType[*LostError](cause); !ok || l.Err() == nil {
		t.Errorf("cause %v, err %v", cause, l.Err())
	}
	if _, ok := errors.AsType[*remote.LostError](cause); !ok {
		t.Errorf("not a lost connection to those who know only of connections: %v", cause)
	}
}

func TestSilenceFreesIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var mute atomic.Bool
	l, err := Acquire(t.Context(), []Place{{local{"db1", &mute}, "x"}}, kim, In(dir), Times(200*time.Millisecond, 3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	hung := time.NewTimer(4 * time.Second)
	select {
	case <-l.Context().Done():
		t.Fatalf("lost while the connection worked: %v", l.Err())
	case <-hung.C: // longer than the silence: the signs of life keep it
	}
	mute.Store(true) // from here the server hears nothing, and nothing is closed
	lost(t, l)
	if _, held := probe(t, dir, "x"); !held {
		t.Error("the server freed it before its owner gave it up")
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, held := probe(t, dir, "x"); !held {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("the server did not free it")
		}
	}
}

// The end of the run's context does not free the lock: it rolls back under it.
func TestHeldThroughARollback(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Acquire(ctx, []Place{{local{name: "db1"}, "x"}}, kim, In(dir))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-l.Context().Done()
	if _, held := probe(t, dir, "x"); !held || l.Err() != nil {
		t.Errorf("held %v, err %v", held, l.Err())
	}
	l.Release()
	if _, held := probe(t, dir, "x"); held {
		t.Error("held after release")
	}
}

// A whole run that is killed: this test program again, as another process.
func TestKilledRun(t *testing.T) {
	if dir := os.Getenv("BELT_TEST_HOLD"); dir != "" {
		acquire(t, dir, "x")
		fmt.Println("holding")
		select {}
	}
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledRun$")
	cmd.Env = append(os.Environ(), "BELT_TEST_HOLD="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if _, held := probe(t, dir, "x"); !held {
		t.Fatal("the other process does not hold it")
	}
	cmd.Process.Kill()
	cmd.Wait()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, held := probe(t, dir, "x"); !held {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("not free 5 s after its holder was killed")
		}
	}
	acquire(t, dir, "x")
}

// The record of a holder that was killed names nobody, even while another takes the lock and has no record yet.
func TestStaleRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	stale := fmt.Sprintf("%d 12345 1700000000\n%s\n", dead.Process.Pid, `{"id":"old","who":"old","command":"old"}`)
	record := filepath.Join(dir, "x.owner")
	if err := os.WriteFile(record, []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := os.Create(filepath.Join(dir, "x.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, held := probe(t, dir, "x"); held {
		t.Error("a record alone is no lock")
	}
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if o, held := probe(t, dir, "x"); !held || o != nil {
		t.Errorf("probe %+v %v", o, held)
	}
	_, err = Acquire(t.Context(), []Place{{local{name: "db1"}, "x"}}, kim, In(dir))
	if held, ok := errors.AsType[*HeldError](err); !ok || held.Owner.Who != "" {
		t.Errorf("got %v", err)
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		3 * time.Second: "3 s", 4*time.Minute + 50*time.Second: "4 min", 200 * time.Minute: "3 h 20 min",
	} {
		if got := age(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestBadNames(t *testing.T) {
	for _, name := range []string{"", "../x", "shop/postgresql", ".x", "X", "a b"} {
		if _, err := Acquire(t.Context(), []Place{{broken{}, name}}, kim); err == nil || !strings.Contains(err.Error(), "lock name") {
			t.Errorf("acquire %q: %v", name, err)
		}
		if _, _, err := Probe(t.Context(), broken{}, name); err == nil || !strings.Contains(err.Error(), "lock name") {
			t.Errorf("probe %q: %v", name, err)
		}
	}
}

func TestOwnerIsOneLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := kim
	o.Command = "two\nlines 'quoted' $HOME \\ü"
	l, err := Acquire(t.Context(), []Place{{local{name: "db1"}, "x"}}, o, In(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if got, _ := probe(t, dir, "x"); got == nil || got.Command != o.Command {
		b, _ := json.Marshal(got)
		t.Errorf("got %s", b)
	}
}
