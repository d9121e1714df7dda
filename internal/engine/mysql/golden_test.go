package mysql

import (
	"flag"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/replication"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, p plan.Plan) {
	t.Helper()
	plantest.Golden(t, filepath.Join(testdata, "plans", name), moment.ReplaceAllString(plantest.Text(p), "TIME"), *update)
}

// moment is when something was set aside, which is now.
var moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// plans are those of the scenes that are failed, too, and some that are refused.
var plans = map[string]func(*testing.T) *scene{
	"mariadb-10.5/enable": func(t *testing.T) *scene { return newScene(t, product{mariaDB, "10.5.29"}, commandEnable, "db2") },
	"mysql-8.4/enable":    func(t *testing.T) *scene { return newScene(t, product{mySQL, "8.4.5"}, commandEnable, "db2") },
	"mysql-8.0/dump": func(t *testing.T) *scene {
		return newScene(t, product{mySQL, "8.0.16"}, commandEnable, "db2")
	},
	"mariadb/asked": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandResync, "db2")
		s.options.Method = "rewind"
		return s
	},
	"mariadb/closed": func(t *testing.T) *scene {
		s := newScene(t, maria10, commandEnable, "db2")
		s.primary().Close()
		return s
	},
	"mariadb/healthy": func(t *testing.T) *scene { return enabled(t, maria10, commandEnable, "db2") },
	"mariadb/no restart": func(t *testing.T) *scene {
		s := enabled(t, maria11, commandDisable, "db2")
		s.options.NoRestart = true
		return s
	},
	"mariadb/unreachable": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandDisable, "db2")
		s.target().Unplug()
		s.options.SkipChecks = []string{"reach"}
		return s
	},
}

func TestGoldenPlans(t *testing.T) {
	all := map[string]func(*testing.T) *scene{}
	for name, build := range scenes {
		all["scenes/"+name] = build
	}
	for name, build := range plans {
		all[name] = build
	}
	for name, build := range all {
		t.Run(name, func(t *testing.T) {
			p, err := build(t).planned()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.ReplaceAll(name, " ", "-")+".txt", p)
		})
	}
}

// TestPlansOfRealServers are made from what real servers said.
func TestPlansOfRealServers(t *testing.T) {
	eachSeen(t, func(t *testing.T, flavour flavour, folder string) {
		e := &Engine{flavour: flavour}
		for _, c := range []struct {
			command, state string
			plan           func(replication.Request) (plan.Plan, error)
		}{
			{commandEnable, "fresh", e.PlanEnable},
			{commandEnable, "unfinished", e.PlanEnable},
			{commandDisable, "healthy", e.PlanDisable},
			{commandDisable, "unfinished", e.PlanDisable},
			{commandPromote, "healthy", e.PlanPromote},
			{commandResync, "stopped-threads", e.PlanResync},
			{commandResync, "errant", e.PlanResync},
			{commandResync, "stopped", e.PlanResync},
			{commandResync, "lost", e.PlanResync},
			{commandResync, "released", e.PlanResync},
		} {
			facts := pair(t, flavour, folder, c.state, "survey")
			from, to := "10.0.0.21", "10.0.0.22"
			key := "shop/db2"
			if c.command == commandPromote {
				from, to, key = to, from, "shop/db1"
			}
			req := replication.Request{
				Command: c.command, Run: "20261128a", Topology: e.Topology("shop/"+string(flavour), facts), Targets: facts[1:],
				Links: map[string]replication.Link{key: {Address: from, Port: 3306, From: to, Reachable: true, HostUp: true, Native: pushed}},
			}
			p, err := c.plan(req)
			if err != nil {
				t.Fatal(err)
			}
			words := strings.Fields(c.command)
			golden(t, "captured/"+folder+"/"+words[len(words)-1]+"-"+c.state+".txt", p)
		}
	})
}
