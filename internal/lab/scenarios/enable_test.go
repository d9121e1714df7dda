//go:build lab

package scenarios

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Enable under writes, all that tells of it, and disable, which leaves nothing.

func TestEnableDisableEnable(t *testing.T) {
	w := newWorld(t, 40, "shop/db1", "shop/db2", "shop/web1", "shop/web2")
	web2 := w.Server("shop", "web2")
	w.ownData(w.db2)
	labtest.Exec(t, w.web1, "printf '# by hand\\nSECRET=\"a b\"\\n' > /etc/shop/database.env; chmod 640 /etc/shop/database.env")
	w.amend("apps:\n", "# keep me\napps:\n")
	w.amend("servers: [db1]", "servers: [db1] # the first is the primary")
	primaryBefore := labtest.StateOf(t, w.db1)
	writer := w.writer()

	r := w.enable("--replica", "db2")
	if !r.Changed || r.Command != "db replicate enable" || r.Target != shop || r.Version != 1 {
		t.Errorf("%s", r.Ended)
	}
	for _, s := range r.Steps {
		if s.Status != "done" && s.Status != "skipped" || s.Title == "" {
			t.Errorf("step %+v", s)
		}
	}
	d := w.follows(shop, "db2")
	if d.Engine != string(labtest.Engine()) || d.EngineVersion == "" || d.Primary.Server != "db1" || d.Primary.App != "shop" ||
		d.Primary.Address != w.db1.Internal.String() || d.Replica("db2").Address != w.db2.Internal.String() {
		t.Errorf("status: %+v", d)
	}
	statusKeys(t, w.belt.Run(t, "db", "status", shop, "-o", "json").Stdout)

	for _, web := range []string{"web1", "web2"} {
		server := w.Server("shop", web)
		w.variables(server, w.Variables().Login)
		w.variables(server, map[string]string{
			"ADDRESS": w.db1.Internal.String(), "ADDRESS_EXT": w.db1.External.String(),
			"SLAVE_ADDRESSES": w.db2.Internal.String(), "SLAVE_ADDRESSES_INT": w.db2.Internal.String(),
			"SLAVE_ADDRESSES_EXT": w.db2.External.String(),
		})
	}
	if env := labtest.Env(t, w.web1); env["SECRET"] != "a b" {
		t.Errorf("lines that Belt did not write: %q", env)
	}
	if modes := labtest.Exec(t, w.web1, "stat -c %a /etc/shop/database.env") + labtest.Exec(t, web2, "stat -c %a /etc/shop/database.env"); modes != "640600" {
		t.Errorf("modes of the files: %s", modes)
	}
	inventory := w.readsInventory()
	for _, want := range []string{"# keep me", "servers: [db1, db2] # the first is the primary"} {
		if !strings.Contains(inventory, want) {
			t.Errorf("belt.yaml has no %q:\n%s", want, inventory)
		}
	}
	if len(w.Kept(t, w.db2)) == 0 {
		t.Error("nothing is kept of the old data")
	}
	again := w.enable("--replica", "db2")
	if again.Changed {
		t.Errorf("enabled twice: %s", again.Ended)
	}
	if !w.AppReads(t, w.web1, w.db2) {
		t.Error("the app cannot read from the replica")
	}
	verified(t, w.belt.Run(t, "db", "replicate", "verify", shop, "-o", "json").Want(t, 0), true)
	w.proven(writer, w.db2)
	logged(t, w.belt, "db replicate enable", "done", 0)

	writer = w.writer()
	r = w.belt.Do(t, 0, "db", "replicate", "disable", shop)
	if !r.Changed {
		t.Errorf("%s", r.Ended)
	}
	writes := labtest.NothingLost(t, writer, w.db1)
	if writes.Refused != 0 {
		t.Errorf("disable refused writes: %s", writes)
	}
	w.standsAlone(w.db2)
	w.parted(primaryBefore)
	w.follows(shop)
	w.variables(w.web1, map[string]string{"ADDRESS": w.db1.Internal.String(), "SLAVE_ADDRESSES": "", "SLAVE_ADDRESSES_EXT": ""})
	if !w.Filled(t, w.db2) {
		t.Error("the replica lost its data")
	}
	if got := w.readsInventory(); !strings.Contains(got, "servers: [db1] # the first is the primary") {
		t.Errorf("belt.yaml after disable:\n%s", got)
	}
	logged(t, w.belt, "db replicate disable", "done", 0)

	writer = w.writer()
	w.enable("--replica", "db2")
	w.follows(shop, "db2")
	w.proven(writer, w.db2)

	w.belt.Do(t, 0, "db", "replicate", "cleanup", shop, "--replica", "db2")
	if kept := w.Kept(t, w.db2); len(kept) > 0 {
		t.Errorf("cleanup left %q", kept)
	}
	w.follows(shop, "db2")
}

// statusKeys holds the document to the keys of the contract.
func statusKeys(t *testing.T, text string) {
	t.Helper()
	var doc struct {
		Databases []map[string]any `json:"databases"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil || len(doc.Databases) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	has := func(what string, object any, keys ...string) {
		m, _ := object.(map[string]any)
		for _, key := range keys {
			if _, ok := m[key]; !ok {
				t.Errorf("%s has no key %q: %s", what, key, text)
			}
		}
	}
	d := doc.Databases[0]
	has("the database", d, "target", "engine", "engine_version", "primary", "replicas")
	has("the primary", d["primary"], "app", "server", "address", "writable", "position")
	has("the replica", d["replicas"].([]any)[0], "app", "server", "address", "state", "writable", "lag_seconds", "lag_bytes", "position", "problem")
}

// verification is the answer of belt db replicate verify.
type verification struct {
	Version  int    `json:"version"`
	Target   string `json:"target"`
	Equal    bool   `json:"equal"`
	Replicas []struct {
		Server   string `json:"server"`
		Equal    bool   `json:"equal"`
		Compared struct {
			Tables int64 `json:"tables"`
			Rows   int64 `json:"rows"`
		} `json:"compared"`
		Differences []struct {
			Object string `json:"object"`
			Detail string `json:"detail"`
		} `json:"differences"`
	} `json:"replicas"`
}

// verified fails the test unless verify compared something on each replica and came to the answer wanted.
func verified(t *testing.T, ended labtest.Ended, equal bool) verification {
	t.Helper()
	var v verification
	ended.Decode(t, &v)
	if v.Equal != equal || len(v.Replicas) == 0 {
		t.Errorf("want equal: %v: %s", equal, ended)
	}
	tables, rows := labtest.KitOf(labtest.Engine()).Compared()
	for _, r := range v.Replicas {
		if r.Compared.Tables < tables || r.Compared.Rows < rows || r.Equal != (len(r.Differences) == 0) {
			t.Errorf("%s: %s", r.Server, ended)
		}
	}
	return v
}

// logged fails the test unless the last run in the log is that command, with that outcome.
func logged(t *testing.T, belt *labtest.CLI, command, outcome string, code int) {
	t.Helper()
	ended := belt.Run(t, "log", shop, "-o", "json").Want(t, 0)
	var doc struct {
		Runs []struct {
			Command  string   `json:"command"`
			Target   string   `json:"target"`
			Who      string   `json:"who"`
			Outcome  string   `json:"outcome"`
			ExitCode int      `json:"exit_code"`
			Servers  []string `json:"servers"`
		} `json:"runs"`
	}
	ended.Decode(t, &doc)
	if len(doc.Runs) == 0 {
		t.Fatalf("the log is empty: %s", ended)
	}
	last := doc.Runs[len(doc.Runs)-1]
	if last.Command != command || last.Outcome != outcome || last.ExitCode != code || last.Who == "" || last.Target != shop {
		t.Errorf("want %s, %s, %d at the end of the log: %+v", command, outcome, code, last)
	}
	slices.Sort(last.Servers)
	if diff := cmp.Diff([]string{"db1", "db2"}, last.Servers); diff != "" {
		t.Errorf("servers in the log: %s", diff)
	}
}
