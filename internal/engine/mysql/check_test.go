package mysql

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// pushed is the way of a copy that reaches its target.
var pushed = transfer.Path{Way: transfer.ToPush, Address: "10.0.0.22"}

func TestCheckNames(t *testing.T) {
	if d := cmp.Diff(replicatest.CheckNames(t, ".", "../../replica"), MariaDB().CheckNames()); d != "" {
		t.Errorf("the code's checks and CheckNames (-code +names):\n%s", d)
	}
}

// checked are the checks of enabling db2, after a change of what the real servers said.
func checked(t *testing.T, f flavour, change func(p, r *native, req *replication.Request)) []plan.Check {
	t.Helper()
	facts := pair(t, mariaDB, "mariadb-10.11", "fresh", "survey")
	p, r := nativeOf(facts[0]), nativeOf(facts[1])
	e := &Engine{flavour: f}
	req := replication.Request{Command: "db replicate enable", Run: "20261128a", Links: map[string]replication.Link{
		"shop/db2": {Address: "10.0.0.21", Port: 3306, From: "10.0.0.22", Reachable: true, HostUp: true, Native: pushed},
	}}
	p.flavour, r.flavour = f, f
	if change != nil {
		change(p, r, &req)
	}
	req.Topology = e.Topology("shop/"+string(f), facts)
	if req.Command == "between" {
		facts[1].Node.App = "shop-eu"
		req.Links["shop-eu/db2"] = req.Links["shop/db2"]
	}
	req.Targets = facts[1:]
	return e.Check(req)
}

// find returns the check of that name about a server: the one with the detail, if there are several.
func find(list []plan.Check, name, server, detail string) (plan.Check, bool) {
	named := slices.DeleteFunc(slices.Clone(list), func(c plan.Check) bool { return c.Name != name || c.Server != server })
	if len(named) == 0 {
		return plan.Check{}, false
	}
	if i := slices.IndexFunc(named, func(c plan.Check) bool { return strings.Contains(c.Detail, detail) }); i >= 0 {
		return named[i], true
	}
	return named[0], true
}

func TestRealServersPass(t *testing.T) {
	for _, c := range checked(t, mariaDB, nil) {
		if !c.OK && !c.Warning {
			t.Errorf("%+v", c)
		}
	}
}

func TestChecksRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		flavour       flavour
		change        func(p, r *native, req *replication.Request)
		check, server string
		detail, hint  string
		warning       bool
	}{
		"galera": {mariaDB, func(p, _ *native, _ *replication.Request) { p.Settings["wsrep_on"] = setting{Value: "ON"} },
			"cluster", "db1", "Galera", "by itself", false},
		"filters": {mariaDB, func(_, r *native, _ *replication.Request) { r.Settings["replicate_do_db"] = setting{Value: "shop"} },
			"filters", "db2", "replicate_do_db = shop", "not an exact copy", false},
		"log filters": {mariaDB, func(p, _ *native, _ *replication.Request) { p.LogDo = "shop" },
			"filters", "db1", "binlog_do_db", "", false},
		"command line": {mariaDB, func(p, _ *native, _ *replication.Request) {
			p.Settings["server_id"] = setting{Value: "1", Source: "command-line"}
		}, "options", "db1", "server_id is set by the command line", "command line", false},
		"no place for options": {mariaDB, func(_, r *native, _ *replication.Request) { r.DropIns = "" },
			"drop-in", "db2", "no file of options", "!includedir", false},
		"a later file": {mariaDB, func(_, r *native, _ *replication.Request) { r.Later = "zzz.cnf" },
			"drop-in", "db2", "zzz.cnf", "", true},
		"another series": {mariaDB, func(_, r *native, _ *replication.Request) { r.version = version{10, 5, 29} },
			"version", "db2", "same series", "install MariaDB 10.11", false},
		"names in lower case": {mariaDB, func(_, r *native, _ *replication.Request) {
			r.Settings["lower_case_table_names"] = setting{Value: "1"}
		}, "build", "db2", "lower_case_table_names", "alike", false},
		"no tools": {mariaDB, func(_, r *native, _ *replication.Request) { r.Missing = []string{"mariadb-backup"} },
			"tools", "db2", "missing: mariadb-backup", "apt install", false},
		"encrypted": {mariaDB, func(p, _ *native, _ *replication.Request) { p.survey.Encrypted = 3 },
			"encrypted", "db1", "3 encrypted", "keys", false},
		"MyISAM in a dump": {mySQL, nil, "engines", "db1", "writes on db1 wait", "", true},
		"a dump":           {mySQL, nil, "copy", "db2", "a dump, since", "", true},
		"FLOAT in a dump": {mySQL, func(p, _ *native, _ *replication.Request) { p.survey.Floats = columnUse{1, "shop.orders.ratio"} },
			"copy", "db1", "1 column of type FLOAT, such as shop.orders.ratio", "DOUBLE", false},
		"no way for a dump": {mySQL, func(_, _ *native, req *replication.Request) {
			l := req.Links["shop/db2"]
			l.Native = transfer.Path{Detail: "no such file"}
			req.Links["shop/db2"] = l
		}, "stream", "db2", "no such file", "", false},
		"an older replica": {mySQL, func(_, r *native, _ *replication.Request) { r.version = version{10, 5, 29} },
			"version", "db2", "of the next one", "install MySQL 10.11", false},
		"no mysqldump": {mySQL, nil, "tools", "db1", "no mysqldump", "client package", false},
		"MyISAM":       {mariaDB, nil, "engines", "db1", "MyISAM", "", true},
		"another engine": {mariaDB, func(p, _ *native, _ *replication.Request) {
			p.survey.Engines = append(p.survey.Engines, engineUse{"SPIDER", 2, 0, "shop.far"})
		}, "engines", "db1", "SPIDER", "skip this check", false},
		"no room": {mariaDB, func(_, r *native, _ *replication.Request) { r.survey.FreeBytes = 1 << 20 },
			"disk", "db2", "has 1.0 MB", "free some space", false},
		"old data that is needed": {mySQL, func(_, _ *native, req *replication.Request) { req.Options.DiscardOld = true },
			"disk", "db2", "own running server", "free some space", false},
		"a mount point": {mariaDB, func(_, r *native, _ *replication.Request) { r.survey.Mount = true },
			"layout", "db2", "mount point", "one folder higher", false},
		"no way for the copy": {mariaDB, func(_, _ *native, req *replication.Request) {
			l := req.Links["shop/db2"]
			l.Native = transfer.Path{Detail: "no such file"}
			req.Links["shop/db2"] = l
		}, "stream", "db2", "no such file", "", false},
		"through the operator": {mariaDB, func(_, _ *native, req *replication.Request) {
			l := req.Links["shop/db2"]
			l.Native = transfer.Path{Way: transfer.Relayed, Detail: "db1 does not reach db2"}
			req.Links["shop/db2"] = l
		}, "stream", "db2", "twice", "", true},
		"writers": {mariaDB, func(_, r *native, _ *replication.Request) { r.Clients = []session{{User: "shop", Writing: true}} },
			"clients", "db2", "1 of them writing", "set aside", false},
		"replicas of its own": {mariaDB, func(p, r *native, _ *replication.Request) {
			p.Dumps, r.Dumps = []session{{Host: "10.0.0.34:41000"}}, []session{{Host: "10.0.0.33:41000"}}
		},
			"replicas", "db2", "10.0.0.33", "disable", false},
		"AppArmor": {mySQL, func(_, r *native, _ *replication.Request) { r.AppArmor = "mysqld" },
			"apparmor", "db2", "profile mysqld", "/etc/apparmor.d/local", false},
		"plug-ins": {mariaDB, func(p, _ *native, _ *replication.Request) {
			p.survey.Plugins = []plugin{{"ed25519", "auth_ed25519.so"}}
		},
			"plugins", "db2", "ed25519", "", true},
		"persisted on the replica": {mySQL, func(_, r *native, _ *replication.Request) {
			off := "OFF"
			r.Settings["persisted_globals_load"] = setting{Value: "ON"}
			r.Settings["read_only"] = setting{Value: "ON", Source: "dynamic", Persisted: &off}
		}, "options", "db2", "read_only is \"OFF\", set by SET PERSIST", "RESET PERSIST read_only", false},
		"triggers that run twice": {mariaDB, func(p, r *native, _ *replication.Request) {
			p.survey.Triggers, r.Settings["slave_run_triggers_for_rbr"] = 2, setting{Value: "YES"}
		}, "triggers", "db2", "2 triggers on db1, and slave_run_triggers_for_rbr is YES", "NO", false},
		"small packets": {mySQL, func(p, r *native, _ *replication.Request) {
			p.CloneLibrary, r.CloneLibrary, p.survey.Engines = true, true, nil
			r.Settings["max_allowed_packet"] = setting{Value: "1048576"}
		}, "copy", "db2", "CLONE needs 2097152", "SET GLOBAL", false},
		"no TLS between apps": {mySQL, func(p, _ *native, req *replication.Request) {
			p.TLS = "No"
			req.Command = "between"
		}, "tls", "db1", "no TLS", "ssl_cert", false},
		"power loss": {mariaDB, func(p, _ *native, _ *replication.Request) {
			p.LogBin, p.Settings["sync_binlog"] = true, setting{Value: "0"}
		}, "durable", "db1", "sync_binlog", "", true},
	} {
		got, there := find(checked(t, c.flavour, c.change), c.check, c.server, c.detail)
		switch {
		case !there:
			t.Errorf("%s: no check %s of %s", name, c.check, c.server)
		case got.OK || got.Warning != c.warning || !strings.Contains(got.Detail, c.detail) || !strings.Contains(got.Hint, c.hint):
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestSilentFullDisks(t *testing.T) {
	for text, broken := range map[string]bool{
		"10.6.25": true, "10.6.26": false, "10.11.16": true, "10.11.17": false, "11.4.10": true, "11.8.7": false, "11.8.6": true,
		"10.5.29": true, "12.3.1": false,
	} {
		if got := silentFull(parseVersion(text)); got != broken {
			t.Errorf("%s: %v", text, got)
		}
	}
}
