//go:build lab

package scenarios

import (
	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// rewritten: an administrator runs CONFIG REWRITE on both servers, which copies what Belt's files say into the main ones. The
// servers start with that, and after a disable and another start nothing of it is in force.
func (f *forms) rewritten() {
	// A rewrite alone puts in what the server made up for itself.
	f.begin("", "")
	both := []*lab.Server{f.db1, f.db2}
	rewrite := func() {
		f.t.Helper()
		for _, s := range both {
			if got := f.cli(s, "CONFIG", "REWRITE"); got != "OK" {
				f.t.Fatalf("%s: %s", s, got)
			}
			f.restart(s)
		}
	}
	rewrite()
	var before []map[string]string
	for _, s := range both {
		before = append(before, f.settings(s))
	}
	f.enable("--replica", "db2", "--keep-wal", "64MB")
	rewrite()
	f.linked()
	f.follows(shop, "db2")
	f.cli(f.db1, "SET", "after", "the rewrite")
	f.until("the rewrite", f.db2, "GET", "after")
	f.belt.Do(f.t, 0, "db", "replicate", "disable", shop, "--replica", "db2")
	for i, s := range both {
		f.restart(s)
		if d := cmp.Diff(before[i], f.settings(s)); d != "" {
			f.t.Errorf("%s: the settings (-before +after):\n%s", s, d)
		}
		if role := f.info(s, "role"); role != "master" {
			f.t.Errorf("%s is a %s", s, role)
		}
		if users := f.cli(s, "ACL", "USERS"); users != "default" {
			f.t.Errorf("%s: the users: %q", s, users)
		}
	}
	if got := f.cli(f.db2, "GET", "after"); got != "the rewrite" {
		f.t.Errorf("db2 has %q", got)
	}
}

// settings are all that are in force.
func (f *forms) settings(s *lab.Server) map[string]string {
	f.t.Helper()
	return labtest.Settings(f.cli(s, "CONFIG", "GET", "*"))
}
