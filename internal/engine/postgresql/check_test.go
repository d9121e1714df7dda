package postgresql

import (
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

func TestEveryCheckFails(t *testing.T) {
	for what, c := range failing {
		server := c.server
		if server == "" && c.name != "primary" {
			server = "db2"
		}
		var failed []string
		for _, check := range c.checks(t) {
			if check.OK || check.Warning {
				continue
			}
			failed = append(failed, check.Name)
			if check.Name != c.name || check.Server != server {
				continue
			}
			if !strings.Contains(check.Detail, c.detail) || !strings.Contains(check.Hint, c.hint) {
				t.Errorf("%s: %q, hint %q", what, check.Detail, check.Hint)
			}
			if check.Hint == "" && c.name != "reach" {
				t.Errorf("%s: no hint", what)
			}
		}
		if !slices.Equal(failed, []string{c.name}) {
			t.Errorf("%s: failed are %q", what, failed)
		}
	}
}

// TestEveryCheckPasses: each name above is also there when all is well, so that --skip-check completes it.
func TestEveryCheckPasses(t *testing.T) {
	var passed []string
	for _, check := range (checkCase{}).checks(t) {
		if !check.OK || check.Hint != "" || check.Skipped || check.Detail == "" {
			t.Errorf("%+v", check)
		}
		passed = append(passed, check.Name)
	}
	for what, c := range failing {
		if !slices.Contains(passed, c.name) && c.name != "primary" && c.name != "build" {
			t.Errorf("%s: the check %s is not listed when it passes", what, c.name)
		}
	}
}

func TestSkipCheck(t *testing.T) {
	for what, c := range failing {
		for _, check := range c.checks(t, c.name) {
			if check.OK || check.Warning {
				continue
			}
			// Without these no plan can be made, or it would cost the primary its data.
			if kept := slices.Contains([]string{"installed", "running", "identity", "layout", "primary", "reach"}, c.name); check.Skipped == kept {
				t.Errorf("%s: skipped is %v", what, check.Skipped)
			}
		}
		for _, check := range c.checks(t, "another") {
			if check.Skipped {
				t.Errorf("%s: skipped by another name", what)
			}
		}
	}
}

// TestChecksOfClosedPort: a port that opens with the settings that the plan changes is no reason to refuse.
func TestChecksOfClosedPort(t *testing.T) {
	c := checkCase{change: func(f []replication.Facts) { set(f[0], "listen_addresses", "localhost") }, request: closed}
	for _, check := range c.checks(t) {
		if !check.OK {
			t.Errorf("%+v", check)
		}
		if check.Name == "port" && !strings.Contains(check.Detail, "it opens when db1 listens there") {
			t.Errorf("%q", check.Detail)
		}
	}
}

func TestWarnings(t *testing.T) {
	c := checkCase{change: func(f []replication.Facts) { set(f[0], "synchronous_standby_names", "ANY 1 (db9)") }}
	found := false
	for _, check := range c.checks(t) {
		if check.Name == "synchronous" {
			found = check.Warning && strings.Contains(check.Detail, "ANY 1 (db9)")
		}
	}
	if p := (plan.Plan{Checks: c.checks(t)}); !found || p.Refusal() != nil {
		t.Errorf("found %v, %v", found, p.Refusal())
	}
}

// TestCheckOfDatabaseAlone is `belt check`, which names no target.
func TestCheckOfDatabaseAlone(t *testing.T) {
	f := pair(t, 15, "healthy")
	req := from(f, "enable")
	req.Targets = nil
	for _, check := range New().Check(req) {
		if check.Server != "db1" || !check.OK {
			t.Errorf("%+v", check)
		}
	}
}
