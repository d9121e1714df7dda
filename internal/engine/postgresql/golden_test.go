package postgresql

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/replication"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	plantest.Golden(t, filepath.Join(testdata, name), got, *update)
}

// from makes a request about the facts after the first, which a plan for real servers is made from.
func from(facts []replication.Facts, command string) replication.Request {
	req := replication.Request{
		Command: "db replicate " + command, Run: "20261122a", Topology: New().Topology("shop/postgresql", facts), Targets: facts[1:],
		Links: map[string]replication.Link{},
	}
	for _, f := range facts[1:] {
		req.Links[f.Node.Key()] = replication.Link{
			Address: facts[0].Node.Address(f.Node, ""), Port: 5432, From: f.Node.Address(facts[0].Node, ""),
			Reachable: true, HostUp: true, Encrypted: true,
		}
	}
	return req
}

// third is another fresh server like the second.
func third(facts []replication.Facts) []replication.Facts {
	f := facts[1]
	f.Node, f.Instance, f.Identity = node("db3"), "3", "3"
	f.Host.Hostname = "shop-db3"
	n := *nativeOf(f)
	n.SystemIdentifier = "3"
	f.Native = &n
	return append(facts, f)
}

// elsewhere makes the second a server of another app.
func elsewhere(facts []replication.Facts) []replication.Facts {
	facts[1].Node.App, facts[1].Node.Server, facts[1].Node.Label = "shop-eu", "db1", "db1"
	facts[0].Node.Label = "shop/db1"
	return facts
}

func set(f replication.Facts, name, value string) {
	n := nativeOf(f)
	s := n.Settings[name]
	s.Value = value
	n.Settings[name] = s
}

type planCase struct {
	command string
	state   string
	change  func([]replication.Facts) []replication.Facts
	request func(*replication.Request)
}

// everywhere are the plans for each version; of15 are those for which one version is enough.
var everywhere = map[string]planCase{
	"enable":         {command: "enable", state: "fresh"},
	"enable-adopted": {command: "enable", state: "unfinished"},
	"disable":        {command: "disable", state: "healthy"},
	"resync-restart": {command: "resync", state: "stopped"},
	"resync-full":    {command: "resync", state: "lost"},
	"resync-rewind":  {command: "resync", state: "promoted"},
	"undo":           {command: "undo", state: "healthy"},
	"cleanup":        {command: "cleanup", state: "promoted"},
}

var of15 = map[string]planCase{
	"enable-listen": {command: "enable", state: "fresh", change: func(f []replication.Facts) []replication.Facts {
		set(f[0], "listen_addresses", "localhost")
		return f
	}, request: func(r *replication.Request) {
		l := r.Links["shop/db2"]
		l.Reachable, l.Encrypted, l.Detail = false, false, "Connection refused"
		r.Links["shop/db2"] = l
	}},
	"enable-two":     {command: "enable", state: "fresh", change: third},
	"enable-between": {command: "enable", state: "fresh", change: elsewhere},
	"enable-between-without-tls": {command: "enable", state: "fresh", change: func(f []replication.Facts) []replication.Facts {
		set(f[0], "ssl", "off")
		return elsewhere(f)
	}},
	"enable-limits": {command: "enable", state: "fresh", change: func(f []replication.Facts) []replication.Facts {
		set(f[0], "max_connections", "300")
		set(f[0], "max_wal_senders", "1")
		set(f[0], "max_replication_slots", "0")
		set(f[0], "wal_level", "minimal")
		set(f[1], "max_worker_processes", "4")
		return f
	}},
	"enable-discard-old": {command: "enable", state: "fresh", change: func(f []replication.Facts) []replication.Facts {
		nativeOf(f[1]).survey.FreeBytes = 40 << 20
		return f
	}, request: func(r *replication.Request) { r.Options.DiscardOld = true }},
	"enable-tablespaces": {command: "enable", state: "fresh", change: func(f []replication.Facts) []replication.Facts {
		nativeOf(f[0]).Tablespaces = []tablespace{{Name: "fast", Path: "/srv/fast"}, {Name: "cold", Path: "/mnt/cold/pg"}}
		return f
	}},
	"enable-healthy": {command: "enable", state: "healthy"},
	"disable-stop":   {command: "disable", state: "healthy", request: func(r *replication.Request) { r.Options.Stop = true }},
	"disable-of-two": {command: "disable", state: "healthy", change: func(f []replication.Facts) []replication.Facts {
		nativeOf(f[0]).Slots = append(nativeOf(f[0]).Slots, slot{Name: "belt_shop_db3", Active: true, Status: "reserved", Physical: true})
		return f
	}},
	"disable-down":      {command: "disable", state: "stopped"},
	"disable-leftovers": {command: "disable", state: "unfinished"},
	"disable-unreachable": {command: "disable", state: "healthy", change: func(f []replication.Facts) []replication.Facts {
		f[1] = unreachable("db2")
		return f
	}, request: func(r *replication.Request) { r.Options.SkipChecks = []string{"reach"} }},
	"disable-restart": {command: "disable", state: "healthy", change: func(f []replication.Facts) []replication.Facts {
		was := "localhost"
		nativeOf(f[0]).Saved = saved{"listen_addresses": &was, "max_slot_wal_keep_size": nil}
		return f
	}},
	"resync-nothing": {command: "resync", state: "healthy"},
	"resync-asked":   {command: "resync", state: "healthy", request: func(r *replication.Request) { r.Options.Method = methodFull }},
	"resync-cannot-rewind": {command: "resync", state: "promoted", change: func(f []replication.Facts) []replication.Facts {
		set(f[1], "wal_log_hints", "off")
		nativeOf(f[1]).RewindSafe = false
		return f
	}},
	"resync-of-another-system": {command: "resync", state: "lost", change: func(f []replication.Facts) []replication.Facts {
		f[1].Identity = "1"
		return f
	}},
	"undo-resync":  {command: "undo", state: "promoted"},
	"undo-nothing": {command: "undo", state: "fresh"},
}

func (c planCase) plan(t *testing.T, major int) plan.Plan {
	t.Helper()
	facts := pair(t, major, c.state)
	if c.change != nil {
		facts = c.change(facts)
	}
	req := from(facts, c.command)
	if c.request != nil {
		c.request(&req)
	}
	e := New()
	p, err := map[string]func(replication.Request) (plan.Plan, error){
		"enable": e.PlanEnable, "disable": e.PlanDisable, "resync": e.PlanResync, "undo": e.PlanUndo, "cleanup": e.PlanCleanup,
	}[c.command](req)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGoldenPlans(t *testing.T) {
	for name, c := range everywhere {
		for _, major := range majors {
			golden(t, fmt.Sprintf("plans/%d/%s.golden", major, name), plantest.Text(c.plan(t, major)))
		}
	}
	for name, c := range of15 {
		golden(t, fmt.Sprintf("plans/15/%s.golden", name), plantest.Text(c.plan(t, 15)))
	}
}

// TestPlansKeepTheContract: what the packages above rely on in every plan.
func TestPlansKeepTheContract(t *testing.T) {
	all := map[string]planCase{}
	for _, cases := range []map[string]planCase{everywhere, of15} {
		for name, c := range cases {
			all[name] = c
		}
	}
	for name, c := range all {
		p := c.plan(t, 15)
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if again := c.plan(t, 15); again.Fingerprint() != p.Fingerprint() {
			t.Errorf("%s: another fingerprint from the same facts", name)
		}
		for _, s := range p.Steps {
			if !s.Undo.Possible() && s.Done == nil {
				t.Errorf("%s: %s has no way back and cannot tell whether it is done", name, s.ID)
			}
			if s.Server == "" && len(p.Steps) > 0 && s.ID != "finish" {
				t.Errorf("%s: %s is on no server", name, s.ID)
			}
			for _, command := range s.Commands {
				if strings.Contains(command, "SCRAM-SHA-256$4096") {
					t.Errorf("%s: %s shows a secret: %s", name, s.ID, command)
				}
			}
		}
	}
}
