package envpush

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

func titled(word string) func(remote.Command) bool {
	return func(c remote.Command) bool { return strings.HasPrefix(remote.Title(c), word+" ") }
}

// Nobody is switched before everybody who can be reached has staged; who cannot stage, cannot be reached or says
// nothing is the only one that is not switched.
func TestStagedBeforeSwitched(t *testing.T) {
	var mu sync.Mutex
	staged, early := 0, 0
	var hosts []*host
	var servers []Server
	for i := range 8 {
		h := newHost(t, fmt.Sprintf("web%d", i+1))
		h.write(t, file, "KEEP=1\n")
		hosts = append(hosts, h)
		servers = append(servers, h.server(address))
	}
	for _, h := range hosts {
		h.before = func(c remote.Command) {
			mu.Lock()
			defer mu.Unlock()
			if titled("switch")(c) && staged < 7 { // all but the one that cannot be reached
				early++
			}
		}
	}
	full := remotetest.NewFaults(remotetest.Fault{Match: titled("stage"), Err: errors.New("web2: No space left on device")})
	servers[1].Runner = full.Wrap(hosts[1])
	if err := os.Mkdir(hosts[3].path(file)+".belt-new", 0o755); err != nil { // staging fails for real
		t.Fatal(err)
	}
	away := remotetest.NewFaults(remotetest.Fault{Err: &remote.UnreachableError{Server: "web5", Addr: "203.0.113.5:22", Err: errors.New("no route")}})
	servers[4].Runner = away.Wrap(hosts[4])
	p := &Pusher{Report: func(phase string, done, _ int) {
		mu.Lock()
		defer mu.Unlock()
		if phase == "staged" {
			staged = done
		}
	}}
	results := p.Push(t.Context(), servers)

	if early > 0 || staged != 7 {
		t.Errorf("%d switched before all had staged; %d staged", early, staged)
	}
	for i, want := range map[int]string{1: "No space left", 3: "is a folder", 4: "cannot reach"} {
		wantError(t, results[i].Err, want)
		if got := hosts[i].read(t, file); got != "KEEP=1\n" || results[i].Changed {
			t.Errorf("web%d has %q", i+1, got)
		}
	}
	for i, h := range hosts {
		if i == 1 || i == 3 || i == 4 {
			continue
		}
		if r := results[i]; r.Err != nil || !r.Changed || !strings.Contains(h.read(t, file), "10.0.0.21") {
			t.Errorf("%s: %+v", h.Name, r)
		}
		h.tidy(t)
	}
}

// full is a server whose disk is full: no file can be written.
func TestDiskFull(t *testing.T) {
	h := newHost(t, "web1")
	h.write(t, file, "KEEP=1\n")
	s := h.server(address)
	s.Runner = full{h}
	r := one(t, new(Pusher).Push(t.Context(), []Server{s}))
	if r.Err == nil || r.Changed || h.read(t, file) != "KEEP=1\n" {
		t.Errorf("%+v", r)
	}
	h.tidy(t)
}

type full struct{ *host }

func (f full) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Script = "ulimit -f 0\n" + c.Script
	return f.host.Run(ctx, c)
}

// A run that is killed between staging and switching leaves the old file whole; the next one finishes. If there is
// nothing to change any more, what was staged goes all the same: it has secrets.
func TestKilledInBetween(t *testing.T) {
	for _, again := range []bool{true, false} {
		h := newHost(t, "web1")
		h.write(t, file, "POSTGRESQL_ADDRESS=old\n")
		s := h.server(address)
		dead := remotetest.NewFaults(remotetest.Fault{Match: titled("switch")}, remotetest.Fault{Match: titled("discard")})
		s.Runner = dead.Wrap(h)
		s.Apply = "echo applied >>" + h.path("/applied")
		r := one(t, new(Pusher).Push(t.Context(), []Server{s}))
		wantError(t, r.Err, "connection lost")
		if h.read(t, file) != "POSTGRESQL_ADDRESS=old\n" || h.read(t, file+".belt-new") == "absent" {
			t.Fatal("this is not what a killed run leaves")
		}

		s.Runner = h
		want := "applied\n"
		if !again {
			s.Vars[0].Value, want = "old", "absent"
			if look := new(Pusher).Look(t.Context(), []Server{s})[0]; !look.Owed || len(look.Changes) > 0 || look.Err != nil {
				t.Errorf("look: %+v", look)
			}
		}
		mustPush(t, s)
		if got := h.read(t, file); got != "POSTGRESQL_ADDRESS="+s.Vars[0].Value+"\n" {
			t.Errorf("%q", got)
		}
		if got := h.read(t, "/applied"); got != want {
			t.Errorf("applied: %q, want %q", got, want)
		}
		h.tidy(t)
		s.Vars[0].Value = address.Value
	}
}

// A connection that breaks while a server switches says nothing of what happened there: the server is asked.
func TestLostWhileSwitching(t *testing.T) {
	for when, changed := range map[remotetest.When]bool{remotetest.Before: false, remotetest.After: true} {
		h := newHost(t, "web1")
		s := h.server(address)
		s.Runner = remotetest.NewFaults(remotetest.Fault{Match: titled("switch"), When: when}).Wrap(h)
		r := one(t, new(Pusher).Push(t.Context(), []Server{s}))
		if r.Changed != changed || (r.Err == nil) != changed {
			t.Errorf("%v: %+v", when, r)
		}
		h.tidy(t)
	}
}

// What somebody else writes between read and switch is theirs: it is not overwritten.
func TestEditedMeanwhile(t *testing.T) {
	for _, at := range []string{"stage", "switch"} {
		h := newHost(t, "web1")
		h.write(t, file, "KEEP=1\n")
		h.before = func(c remote.Command) {
			if titled(at)(c) {
				h.write(t, file, "KEEP=2\n")
			}
		}
		r := one(t, new(Pusher).Push(t.Context(), []Server{h.server(address)}))
		wantError(t, r.Err, "changed by somebody else")
		if h.read(t, file) != "KEEP=2\n" || r.Changed {
			t.Errorf("at %s: %q", at, h.read(t, file))
		}
		h.tidy(t)
	}
}

// A second run that stages in the middle of the first wins, and the first says so.
func TestTwoRuns(t *testing.T) {
	h := newHost(t, "web1")
	other := h.server(address)
	other.Vars[0].Value = "10.0.0.99"
	var second Result
	h.before = func(c remote.Command) {
		if titled("switch")(c) {
			h.before = nil
			second = mustPush(t, other)
		}
	}
	first := one(t, new(Pusher).Push(t.Context(), []Server{h.server(address)}))
	if first.Err == nil || second.Err != nil || !second.Changed {
		t.Errorf("%+v, %+v", first, second)
	}
	if !strings.Contains(h.read(t, file), "10.0.0.99") {
		t.Error(h.read(t, file))
	}
	h.tidy(t)
}

// Interrupted once everybody has staged: nobody is switched, and nothing stays.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	var servers []Server
	var hosts []*host
	for i := range 3 {
		h := newHost(t, fmt.Sprintf("web%d", i+1))
		hosts, servers = append(hosts, h), append(servers, h.server(address))
	}
	p := &Pusher{Report: func(phase string, done, total int) {
		if phase == "staged" && done == total {
			cancel(stop)
		}
	}}
	for i, r := range p.Push(ctx, servers) {
		if !errors.Is(r.Err, stop) || r.Changed || hosts[i].read(t, file) != "absent" {
			t.Errorf("%+v", r)
		}
		hosts[i].tidy(t)
	}
}

// A server that hangs while the others wait for it is given up, and leaves nothing.
func TestHangs(t *testing.T) {
	for _, at := range []string{"read", "stage"} {
		slow, well := newHost(t, "web1"), newHost(t, "web2")
		s := slow.server(address)
		s.Runner = hanging{slow, at}
		results := (&Pusher{Patience: time.Second}).Push(t.Context(), []Server{s, well.server(address)})
		wantError(t, results[0].Err, "it took longer than 1s")
		if results[1].Err != nil || !results[1].Changed {
			t.Errorf("%+v", results[1])
		}
		if got := slow.read(t, file); got != "absent" {
			t.Errorf("%q", got)
		}
		slow.tidy(t)
	}
}

// hanging is a server on which a command does not end by itself.
type hanging struct {
	*host
	at string
}

func (h hanging) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if titled(h.at)(c) {
		c.Script += "\nsleep 60\n"
		if h.at == "stage" { // before the file is complete
			c.Script = strings.Replace(c.Script, "got=", "sleep 60\ngot=", 1)
		}
	}
	return h.host.Run(ctx, c)
}
