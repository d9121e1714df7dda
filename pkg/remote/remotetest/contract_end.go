package remotetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

func contractCancel(t *testing.T, r remote.Runner) { cancelAs(t, r, "") }

func cancelAs(t *testing.T, r remote.Runner, as string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	started := make(chan string, 1)
	go func() {
		<-started
		cancel()
	}()
	token := fmt.Sprintf("3%09d", time.Now().UnixNano()%1e9)
	begin := time.Now()
	_, err := r.Run(ctx, remote.Command{Script: `echo started; sleep "$1"; echo never`, Args: []string{token}, Stdout: signalWriter(started), As: as})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if took := time.Since(begin); took > mostPatience {
		t.Errorf("it took %s", took)
	}
	waitGone(t, r, "sleep "+token)
}

// waitGone polls until no process of the server has the given command line.
// mostPatience is far above what anything here takes, for machines that are busy with something else.
const mostPatience = 30 * time.Second

func waitGone(t *testing.T, r remote.Runner, line string) {
	t.Helper()
	deadline := time.Now().Add(mostPatience)
	for {
		got, err := r.Run(t.Context(), remote.Command{
			Script: `for f in /proc/[0-9]*/cmdline; do tr '\0' ' ' <"$f" 2>/dev/null; echo; done | grep -x -F "$1 " || :`,
			Args:   []string{line},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Stdout == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("still running: %s", got.Stdout)
			return
		}
	}
}

func contractDeadline(t *testing.T, r remote.Runner) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := r.Run(ctx, remote.Command{Script: "sleep 60"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}
