package envpush

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/variables"
)

// The command runs where the file changed and nowhere else.
func TestApplyOnlyWhereChanged(t *testing.T) {
	a, b := newHost(t, "web1"), newHost(t, "web2")
	a.write(t, file, "POSTGRESQL_ADDRESS=10.0.0.21\n")
	var servers []Server
	for _, h := range []*host{a, b} {
		s := h.server(address)
		s.Apply = "cp " + h.path(file) + " " + h.path("/seen") + " && echo once >>" + h.path("/times")
		servers = append(servers, s)
	}
	for range 2 {
		for _, r := range new(Pusher).Push(t.Context(), servers) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	if a.read(t, "/times") != "absent" || b.read(t, "/times") != "once\n" {
		t.Errorf("web1: %q, web2: %q", a.read(t, "/times"), b.read(t, "/times"))
	}
	if b.read(t, "/seen") != b.read(t, file) {
		t.Error("the command saw another file")
	}
}

// A command that fails is the server's failure: the file stays, its output is told without secrets, and the next push
// runs it again, until it works.
func TestApplyFails(t *testing.T) {
	h := newHost(t, "web1")
	password := variables.Var{Name: "POSTGRESQL_PASSWORD", Value: "s3cret pass"}
	s := h.server(address, password)
	s.Apply = "cat " + h.path(file) + "; echo reload failed >&2; [ -e " + h.path("/mended") + " ] || exit 3"
	for _, want := range []bool{true, false} {
		r := one(t, new(Pusher).Push(t.Context(), []Server{s}))
		wantError(t, r.Err, "exit code 3")
		wantError(t, r.Err, "reload failed")
		if strings.Contains(r.Err.Error(), "s3cret") {
			t.Errorf("a secret is told: %v", r.Err)
		}
		if e, ok := r.Err.(*ApplyError); !ok || e.Code != 3 || e.Hint() == "" {
			t.Errorf("%#v", r.Err)
		}
		if r.Changed != want || !strings.Contains(h.read(t, file), "s3cret") {
			t.Errorf("%+v", r)
		}
		if look := new(Pusher).Look(t.Context(), []Server{s})[0]; !look.Owed || len(look.Changes) > 0 {
			t.Errorf("look: %+v", look)
		}
	}
	if err := os.WriteFile(h.path("/mended"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h.ran()
	if r := mustPush(t, s); !r.Changed || h.ran() != "read finish" {
		t.Errorf("mended: %+v", r)
	}
	h.tidy(t)
	if r := mustPush(t, s); r.Changed || h.ran() != "read" {
		t.Errorf("then: %+v", r)
	}
}

// A push that was killed before the command ran: the next one runs it.
func TestApplyOwed(t *testing.T) {
	h := newHost(t, "web1")
	s := h.server(address)
	s.Apply = "exec sleep 60"
	ctx, cancel := withCancel(t)
	p := &Pusher{}
	go func() {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if _, err := os.Stat(h.path(file)); err == nil {
				break
			}
		}
		cancel()
	}()
	r := one(t, p.Push(ctx, []Server{s}))
	wantError(t, r.Err, "the next push runs")
	if !r.Changed {
		t.Errorf("%+v", r)
	}
	s.Apply = "echo ran >" + h.path("/ran")
	if r := mustPush(t, s); !r.Changed || h.read(t, "/ran") != "ran\n" {
		t.Errorf("%+v", r)
	}
	h.tidy(t)
}

// A command that leaves something running in the background does not hold up the push.
func TestApplyInBackground(t *testing.T) {
	h := newHost(t, "web1")
	s := h.server(address)
	s.Apply = "sleep 20 & echo $! >" + h.path("/pid")
	begun := time.Now()
	mustPush(t, s)
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(h.read(t, "/pid")))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("it does not live on: %v", err)
	}
}

// A slow command does not hold up the switching of others: here none ends before all files are in place.
func TestSwitchedTogether(t *testing.T) {
	const n = 6
	all := t.TempDir()
	var servers []Server
	for i := range n {
		h := newHost(t, fmt.Sprintf("web%d", i+1))
		s := h.server(address)
		s.Apply = fmt.Sprintf("touch %[1]s/%[2]d; i=0; until [ $(ls %[1]s | wc -l) -eq %[3]d ]; do i=$((i+1)); [ $i -lt 1000 ] || exit 9; sleep 0.02; done", all, i, n)
		servers = append(servers, s)
	}
	p := &Pusher{Parallel: 2}
	for _, r := range p.Push(t.Context(), servers) {
		if r.Err != nil {
			t.Error(r.Err)
		}
	}
}
