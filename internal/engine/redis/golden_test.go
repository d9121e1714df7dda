package redis

import (
	"flag"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/replication"
)

var update = flag.Bool("update", false, "write the golden files anew")

// planCase is a plan about servers in a state, after a change of what they said.
type planCase struct {
	command, state string
	change         func(facts []replication.Facts)
	request        func(*replication.Request)
}

// everywhere are the plans for each release; of70 are those for which one is enough.
var everywhere = map[string]planCase{
	"enable":         {command: commandEnable, state: "fresh"},
	"enable-adopted": {command: commandEnable, state: "unfinished"},
	"enable-between": {command: commandEnable, state: "fresh", change: elsewhere},
	"disable":        {command: commandDisable, state: "healthy"},
	"resync-restart": {command: commandResync, state: "stopped"},
	"resync-full":    {command: commandResync, state: "lost"},
	"undo":           {command: commandUndo, state: "healthy"},
	"cleanup":        {command: commandCleanup, state: "healthy"},
}

var of70 = map[string]planCase{
	"enable-closed":      {command: commandEnable, state: "fresh", change: closed, request: unreached},
	"enable-socket":      {command: commandEnable, state: "fresh", change: socketOnly, request: unreached},
	"enable-discard-old": {command: commandEnable, state: "fresh", request: func(r *replication.Request) { r.Options.DiscardOld = true }},
	"enable-busy":        {command: commandEnable, state: "fresh", change: func(f []replication.Facts) { nativeOf(f[0]).survey.PerSecond = 40e6 }},
	"enable-keep":        {command: commandEnable, state: "fresh", request: func(r *replication.Request) { r.Options.KeepWAL = 512 << 20 }},
	"enable-healthy":     {command: commandEnable, state: "healthy"},
	"disable-stop":       {command: commandDisable, state: "healthy", request: func(r *replication.Request) { r.Options.Stop = true }},
	"disable-down":       {command: commandDisable, state: "stopped"},
	"disable-unfinished": {command: commandDisable, state: "unfinished"},
	"disable-least": {command: commandDisable, state: "healthy", change: func(f []replication.Facts) {
		nativeOf(f[0]).Settings["min-replicas-to-write"] = "1"
	}},
	"resync-nothing":  {command: commandResync, state: "healthy"},
	"resync-written":  {command: commandResync, state: "written"},
	"resync-promoted": {command: commandResync, state: "promoted"},
	"resync-asked":    {command: commandResync, state: "healthy", request: func(r *replication.Request) { r.Options.Method = methodFull }},
	"resync-rewind":   {command: commandResync, state: "stopped", request: func(r *replication.Request) { r.Options.Method = "rewind" }},
}

// elsewhere makes the second a server of another app.
func elsewhere(f []replication.Facts) {
	f[1].Node.App, f[1].Node.Server, f[1].Node.Label = "shop-eu", "db1", "db1"
	f[0].Node.Label = "shop/db1"
}

// closed is a primary that listens to its own host only.
func closed(f []replication.Facts) { nativeOf(f[0]).Settings["bind"] = "127.0.0.1 -::1" }

// socketOnly is a primary without a port.
func socketOnly(f []replication.Facts) {
	closed(f)
	n := nativeOf(f[0])
	n.Port, n.Socket = 0, "/run/redis/redis.sock"
}

func unreached(r *replication.Request) {
	for key, l := range r.Links {
		l.Reachable, l.Encrypted, l.Detail = false, false, "Could not connect: Connection refused"
		r.Links[key] = l
	}
}

// plan is made from what real servers said.
func (c planCase) plan(t *testing.T, flavour, series string) plan.Plan {
	t.Helper()
	facts := pair(t, flavour, series, c.state)
	if c.change != nil {
		c.change(facts)
	}
	e := New(flavour)
	req := replication.Request{
		Command: c.command, Run: "20261128a", Topology: e.Topology("shop/"+flavour, facts), Targets: facts[1:], Links: map[string]replication.Link{},
	}
	p := facts[0]
	link := replication.Link{Address: p.Node.Address(facts[1].Node, ""), Port: nativeOf(p).Port, From: facts[1].Node.Address(p.Node, ""), Reachable: true, HostUp: true}
	if overTLS(p, facts[1]) {
		link.Port, link.Encrypted = tlsPort(nativeOf(p)), true
	}
	req.Links[facts[1].Node.Key()] = link
	if c.request != nil {
		c.request(&req)
	}
	plans := map[string]func(replication.Request) (plan.Plan, error){
		commandEnable: e.PlanEnable, commandDisable: e.PlanDisable, commandResync: e.PlanResync, commandUndo: e.PlanUndo, commandCleanup: e.PlanCleanup,
	}
	got, err := plans[c.command](req)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// moment is when data was kept aside.
var moment = regexp.MustCompile(`20\d\d-\d\d-\d\dT[0-9:]+Z`)

func TestGoldenPlans(t *testing.T) {
	compare := func(file string, p plan.Plan) {
		plantest.Golden(t, filepath.Join(testdata, "plans", file+".golden"), moment.ReplaceAllString(plantest.Text(p), "TIME"), *update)
	}
	for _, r := range captures {
		for name, c := range everywhere {
			compare(r.flavour+"-"+r.series+"/"+name, c.plan(t, r.flavour, r.series))
		}
	}
	for name, c := range of70 {
		compare("redis-7.0/"+name, c.plan(t, Redis, "7.0"))
	}
}

// TestPlansAreSound: what the packages above rely on in every plan.
func TestPlansAreSound(t *testing.T) {
	for _, cases := range []map[string]planCase{everywhere, of70} {
		for name, c := range cases {
			p := c.plan(t, Redis, "7.0")
			if err := p.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if again := c.plan(t, Redis, "7.0"); again.Fingerprint() != p.Fingerprint() {
				t.Errorf("%s: another fingerprint from the same facts", name)
			}
		}
	}
}
