package remote_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

func TestGuardLetsOnlyReadsPass(t *testing.T) {
	fake := remotetest.NewFake(t, "db1")
	fake.Title("look").Stdout("seen")
	r := remote.Guard(fake)
	if r.Server() != "db1" {
		t.Errorf("server %q", r.Server())
	}
	if got, err := r.Run(t.Context(), remote.Command{Title: "look", ReadOnly: true}); err != nil || got.Stdout != "seen" {
		t.Errorf("a read: %q, %v", got.Stdout, err)
	}
	_, err := r.Run(t.Context(), remote.Command{Title: "change", Script: "rm -rf /"})
	var refused *remote.GuardError
	if !errors.As(err, &refused) || refused.Server != "db1" || refused.Title != "change" {
		t.Errorf("a change: %v, want a GuardError", err)
	}
	if calls := fake.Calls(); len(calls) != 1 {
		t.Errorf("%d commands reached the server", len(calls))
	}
}

func TestLimit(t *testing.T) {
	fake := remotetest.NewFake(t, "db1")
	var now, most atomic.Int32
	release := make(chan struct{})
	fake.Title("work").Do(func(remotetest.Call) (remote.Result, error) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-release
		now.Add(-1)
		return remote.Result{}, nil
	})
	r := remote.Limit(fake, 3)
	var wg sync.WaitGroup
	for range 12 {
		wg.Add(1)
		go func() { defer wg.Done(); r.Run(t.Context(), remote.Command{Title: "work"}) }()
	}
	for deadline := time.Now().Add(5 * time.Second); now.Load() < 3 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Run(ctx, remote.Command{Title: "work"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a command whose turn did not come: %v", err)
	}
	close(release)
	wg.Wait()
	if most.Load() != 3 || len(fake.Calls()) != 12 {
		t.Errorf("%d at once, %d in all", most.Load(), len(fake.Calls()))
	}
}
