package postgresql

import (
	"testing"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

type checkCase struct {
	name    string // of the check
	server  string // default db2
	change  func([]replication.Facts)
	request func(*replication.Request)
	detail  string // has to be in the detail, with its numbers
	hint    string
}

// failing are for every check the facts that make it fail. A server that passes them all is that of the golden plans.
var failing = map[string]checkCase{
	"no primary": {name: "primary", server: "", request: func(r *replication.Request) { r.Topology.Primary = nil },
		detail: "shop/postgresql has no primary", hint: "start the primary"},
	"the primary is a replica": {name: "primary", server: "db1", change: func(f []replication.Facts) {
		nativeOf(f[0]).InRecovery, f[0].Follows = true, "10.0.0.9:5432"
	}, detail: "it is itself a replica, of 10.0.0.9:5432", hint: "name the database whose primary it follows"},
	"unreachable": {name: "reach", change: func(f []replication.Facts) { f[1] = unreachable("db2") }, detail: "cannot reach 203.0.113.22: no route to host"},
	"not installed": {name: "installed", change: func(f []replication.Facts) {
		f[1].Installed, f[1].Running, f[1].Problem = false, false, "PostgreSQL is not installed"
	},
		detail: "PostgreSQL is not installed", hint: "install the primary's version of PostgreSQL"},
	"not running": {name: "running", change: func(f []replication.Facts) { f[1].Running, f[1].Problem = false, "PostgreSQL 15/main is not running" },
		detail: "PostgreSQL 15/main is not running", hint: "systemctl start postgresql@15-main.service"},
	"no unit":    {name: "systemd", change: func(f []replication.Facts) { nativeOf(f[1]).Service = "" }, detail: "no systemd unit runs it", hint: "service: …"},
	"no systemd": {name: "systemd", change: func(f []replication.Facts) { f[1].Host.Systemd = false }, hint: "service: …"},
	"command line": {name: "settings", server: "db1", change: func(f []replication.Facts) {
		nativeOf(f[0]).Settings["max_slot_wal_keep_size"] = setting{Value: "-1", Source: "command line"}
	}, detail: "max_slot_wal_keep_size is fixed on the server's command line", hint: "pg_ctl.conf"},
	"ALTER SYSTEM is off": {name: "settings", server: "db1", change: func(f []replication.Facts) { set(f[0], "allow_alter_system", "off") },
		detail: "to change: max_slot_wal_keep_size, but allow_alter_system is off", hint: "allow_alter_system = on"},
	"errors in pg_hba.conf": {name: "hba", server: "db1", change: func(f []replication.Facts) {
		nativeOf(f[0]).survey.HBAErrors = []string{"line 7: invalid CIDR mask"}
	}, detail: "line 7: invalid CIDR mask", hint: "mend /etc/postgresql/15/main/pg_hba.conf first"},
	"itself": {name: "identity", change: func(f []replication.Facts) { f[1].Instance = f[0].Instance },
		detail: "it is the primary itself: both lead to /var/lib/postgresql/15/main on shop-db1", hint: "check the addresses in belt.yaml"},
	"a replica of another": {name: "role", change: func(f []replication.Facts) { f[1].Replica, f[1].Follows = true, "10.0.0.9:5432" },
		detail: "it is already a replica, of 10.0.0.9:5432", hint: "disable that replication first"},
	"a primary that was given up": {name: "role", change: func(f []replication.Facts) { f[1].Replica, f[1].Identity = true, f[0].Identity },
		detail: "it has db1's data and takes no writes, but follows nobody", hint: "belt db replicate resync shop/postgresql --replica db2"},
	"a sick replica of this primary": {name: "role", change: func(f []replication.Facts) { f[1].Replica, f[1].Follows = true, "10.0.0.21:5432" },
		detail: "already a replica of db1, and not in good health", hint: "belt db replicate resync shop/postgresql --replica db2"},
	"a run of another command": {name: "role", change: func(f []replication.Facts) {
		nativeOf(f[1]).Unfinished = &replica.Unfinished{Run: "x", Command: commandResync}
	},
		detail: `"db replicate resync" did not finish there`, hint: "belt db replicate disable shop/postgresql --replica db2"},
	"it feeds others": {name: "replicas", change: func(f []replication.Facts) { nativeOf(f[1]).Senders = []sender{{Client: "10.0.0.9"}} },
		detail: "it is the primary of others: 10.0.0.9", hint: "disable its own replicas first"},
	"its slot is in use": {name: "replicas", change: func(f []replication.Facts) { nativeOf(f[1]).Slots = []slot{{Name: "theirs", Active: true}} },
		detail: "slot theirs"},
	"another version": {name: "version", change: func(f []replication.Facts) { f[1].Version, nativeOf(f[1]).Version = "17.4", 17 },
		detail: "17.4, the primary has 15.", hint: "install PostgreSQL 15 on db2"},
	"another architecture": {name: "arch", change: func(f []replication.Facts) { f[1].Host.Arch = "aarch64" }, detail: "aarch64, the primary has x86_64", hint: "same architecture"},
	"another block size":   {name: "build", change: func(f []replication.Facts) { set(f[1], "block_size", "32768") }, detail: "block_size 32768, the primary has 8192", hint: "same build"},
	"another glibc": {name: "locale", change: func(f []replication.Facts) { nativeOf(f[1]).survey.Locales["c"] = "2.41" },
		detail: "glibc collations 2.41, the primary has 2.36: indexes on text would be wrong", hint: "reindex"},
	"another ICU": {name: "locale", change: func(f []replication.Facts) {
		nativeOf(f[0]).survey.Databases[0].Provider = "i"
		nativeOf(f[1]).survey.Locales["i"] = "153.200"
	}, detail: "ICU collations 153.200, the primary has 153"},
	"no pg_rewind": {name: "tools", change: func(f []replication.Facts) { nativeOf(f[1]).MissingTools = []string{"pg_rewind"} }, detail: "missing: pg_rewind", hint: "install the server package"},
	"somebody writes": {name: "clients", change: func(f []replication.Facts) {
		nativeOf(f[1]).Clients = []client{{Writing: true}, {}}
		nativeOf(f[1]).survey.Writes = 12
	}, detail: "2 sessions, 1 of them writing; 12 writes within 0.6 s", hint: "stop what writes there"},
	"the disk is full": {name: "disk", change: func(f []replication.Facts) {
		nativeOf(f[0]).survey.DataBytes, nativeOf(f[1]).survey.FreeBytes, nativeOf(f[1]).survey.UsedBytes = 1_050_000_000, 640_000_000, 10_000_000
	}, detail: "needs 2.1 GB (twice the primary's data), has 640 MB; the old 10 MB is kept", hint: "free some space on db2"},
	"the disk would do without the old data": {name: "disk", change: func(f []replication.Facts) {
		nativeOf(f[0]).survey.DataBytes, nativeOf(f[1]).survey.FreeBytes, nativeOf(f[1]).survey.UsedBytes = 1_000_000_000, 1_500_000_000, 900_000_000
	}, detail: "needs 2.0 GB (twice the primary's data), has 1.5 GB; the old 900 MB is kept", hint: "--discard-old"},
	"a mount point": {name: "layout", change: func(f []replication.Facts) { nativeOf(f[1]).survey.Mount = true },
		detail: "the data folder /var/lib/postgresql/15/main is itself a mount point", hint: "one folder higher"},
	"more WAL than the slot may keep": {name: "wal", server: "db1", change: func(f []replication.Facts) {
		set(f[0], "max_slot_wal_keep_size", "1024")
		nativeOf(f[0]).survey.WALPerSec = 200e6
	}, detail: "writes 200 MB/s of WAL; keeps up to 1.1 GB for a replica, and the copy may need ", hint: "--keep-wal"},
	"a cap that no copy fits into": {name: "wal", server: "db1", change: func(f []replication.Facts) { set(f[0], "max_slot_wal_keep_size", "1") },
		detail: "keeps up to 1.0 MB for a replica, and the copy may need 67 MB", hint: "--keep-wal 1GB"},
	"no room for WAL": {name: "wal-disk", server: "db1", change: func(f []replication.Facts) {
		set(f[0], "max_slot_wal_keep_size", "10240")
		nativeOf(f[0]).survey.WALFree = 2_000_000_000
	}, detail: "up to 11 GB of WAL may be kept for a replica that is away; 2.0 GB are free", hint: "smaller --keep-wal"},
	"little memory": {name: "memory", change: func(f []replication.Facts) { f[0].Host.Memory, f[1].Host.Memory = 64e9, 8e9 },
		detail: "8.0 GB, the primary has 64 GB", hint: "use a larger server"},
	"the port is filtered": {name: "port", request: func(r *replication.Request) {
		r.Links["shop/db2"] = replication.Link{Address: "10.0.0.21", Port: 5432, From: "10.0.0.22", Detail: "timeout expired"}
	}, detail: "cannot reach 10.0.0.21:5432: timeout expired", hint: "open port 5432 on db1 for 10.0.0.22"},
	"a wrong clock": {name: "clock", change: func(f []replication.Facts) { f[1].Host.Skew = -7.25 }, detail: "-7.2 s apart from db1", hint: "run a time service"},
}

func (c checkCase) checks(t *testing.T, skip ...string) []plan.Check {
	t.Helper()
	f := pair(t, 15, "fresh")
	if c.change != nil {
		c.change(f)
	}
	req := from(f, "enable")
	p := f[0]
	req.Topology.Primary, req.Topology.Replicas, req.Topology.Standalone = &p, nil, f[1:]
	if c.request != nil {
		c.request(&req)
	}
	req.Options.SkipChecks = skip
	return New().Check(req)
}
