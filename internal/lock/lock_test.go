package lock

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

var kim = Owner{Who: "kim", Host: "laptop", Command: "db replicate enable shop/postgresql"}

func acquire(t *testing.T, dir string, name string, opts ...Option) *Lock {
	t.Helper()
	l, err := Acquire(t.Context(), []Place{{server("db1"), name}}, kim, append(opts, In(dir))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Release)
	return l
}

func probe(t *testing.T, dir, name string) (*Owner, bool) {
	t.Helper()
	o, held, err := Probe(t.Context(), server("db1"), name, In(dir))
	if err != nil {
		t.Fatal(err)
	}
	return o, held
}

// pid is the process that holds the lock on the server.

func TestASecondRunIsToldWhoHoldsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := acquire(t, dir, "postgresql-5432")
	_, err := Acquire(t.Context(), []Place{{server("db1"), "postgresql-5432"}}, Owner{Who: "lee"}, In(dir))
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
	places := []Place{{server("shop/db2"), "postgresql-5432"}, {server("shop/db1"), "postgresql-5432"}}
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

func TestOfTwoRunsOneGetsAllServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var places []Place
	for _, name := range []string{"db3", "db1", "db2"} {
		places = append(places, Place{inDir{server(name), filepath.Join(dir, name)}, "postgresql-5432"})
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
	places := []Place{{inDir{server("db1"), dir}, "x"}, {broken{down}, "x"}}
	if _, err := Acquire(t.Context(), places, kim); !errors.Is(err, down) {
		t.Fatalf("got %v", err)
	}
	if _, held := probe(t, dir, "x"); held {
		t.Error("db1 is still locked")
	}
}

// lost waits until the lock is known to be lost.

// The end of the run's context does not free the lock: it rolls back under it.

// A whole run that is killed: this test program again, as another process.

// The record of a holder that was killed names nobody, even while another takes the lock and has no record yet.

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
	l, err := Acquire(t.Context(), []Place{{server("db1"), "x"}}, o, In(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if got, _ := probe(t, dir, "x"); got == nil || got.Command != o.Command {
		b, _ := json.Marshal(got)
		t.Errorf("got %s", b)
	}
}
