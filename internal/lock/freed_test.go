package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

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

func TestKilledOnTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := acquire(t, dir, "x", Times(500*time.Millisecond, time.Minute)) // the next sign of life finds nobody
	syscall.Kill(pid(t, dir, "x"), syscall.SIGKILL)
	lost(t, l)
	if _, held := probe(t, dir, "x"); held {
		t.Error("a child of the holder keeps the lock")
	}
	acquire(t, dir, "x") // the record of the dead one is still there
}

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
	var cut atomic.Bool
	l, err := Acquire(t.Context(), []Place{{fragile{server("db1"), &cut}, "x"}}, kim, In(dir), Times(200*time.Millisecond, 3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	hung := time.NewTimer(4 * time.Second)
	select {
	case <-l.Context().Done():
		t.Fatalf("lost while the connection worked: %v", l.Err())
	case <-hung.C: // longer than the silence: the signs of life keep it
	}
	cut.Store(true) // from here the server hears nothing, and nothing is closed
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

func TestHeldThroughARollback(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Acquire(ctx, []Place{{server("db1"), "x"}}, kim, In(dir))
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
	_, err = Acquire(t.Context(), []Place{{server("db1"), "x"}}, kim, In(dir))
	if held, ok := errors.AsType[*HeldError](err); !ok || held.Owner.Who != "" {
		t.Errorf("got %v", err)
	}
}
