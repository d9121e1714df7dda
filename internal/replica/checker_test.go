package replica

import (
	"errors"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

// What nothing can be planned without cannot be skipped, whatever the user names.
func TestVitalChecks(t *testing.T) {
	all := []string{"reach", "installed", "running", "identity", "primary", "disk"}
	node := replication.Node{Label: "db2", App: "shop", Server: "db2"}
	for name, facts := range map[string]replication.Facts{
		"reach":     {Node: node, Err: errors.New("no route to host")},
		"installed": {Node: node, Problem: "there is none"},
		"running":   {Node: node, Installed: true, Problem: "it is down"},
	} {
		c := &Checker{Req: replication.Request{
			Topology: replication.Topology{Primary: &replication.Facts{}}, Options: replication.Options{SkipChecks: all},
		}}
		if c.Runs(Instance{Facts: facts, Product: "DB", Unit: "db.service"}, "port 1") {
			t.Errorf("%s: it passes for one that runs", name)
		}
		found := false
		for _, check := range c.List {
			if check.Name == name {
				found = true
				if check.OK || check.Skipped || !check.Vital || check.Detail == "" {
					t.Errorf("%+v", check)
				}
			}
		}
		if !found {
			t.Errorf("no check %s: %+v", name, c.List)
		}
	}
	c := &Checker{Req: replication.Request{Options: replication.Options{SkipChecks: all}}}
	c.Add("identity", "db2", false, "", "it is the primary itself")
	c.Add("disk", "db2", false, "", "too small")
	if identity, disk := c.List[0], c.List[1]; identity.Skipped || !identity.Vital || !disk.Skipped || disk.Vital {
		t.Errorf("%+v", c.List)
	}
}
