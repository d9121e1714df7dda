package mysql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/replication"
)

func TestWhyADump(t *testing.T) {
	for name, c := range map[string]struct {
		primary, target string
		change          func(p, t *native)
		why             string
	}{
		"CLONE does":     {"9.7.4", "9.7.4", nil, ""},
		"another patch":  {"8.4.5", "8.4.6", nil, ""},
		"both late 8.0":  {"8.0.37", "8.0.43", nil, ""},
		"early 8.0":      {"8.0.36", "8.0.43", nil, "the same version before 8.0.37"},
		"without CLONE":  {"8.0.16", "8.0.16", nil, "from MySQL 8.0.17"},
		"another series": {"8.4.5", "9.7.4", nil, "the same series"},
		"no library":     {"9.7.4", "9.7.4", func(_, t *native) { t.CloneLibrary = false }, "db2 has no mysql_clone.so"},
		"page size": {"9.7.4", "9.7.4", func(_, t *native) {
			t.Settings = map[string]setting{"innodb_page_size": {Value: "32768"}}
		}, "db2 has 32768, not 16384"},
		"MyISAM": {"9.7.4", "9.7.4", func(p, _ *native) {
			p.survey = &survey{Engines: []engineUse{{"InnoDB", 3, 9 << 20, "a.b"}, {"MyISAM", 2, 1, "shop.notes"}}}
		}, "engine MyISAM empty, such as shop.notes"},
		"empty MyISAM": {"9.7.4", "9.7.4", func(p, _ *native) { p.survey = &survey{Engines: []engineUse{{"MyISAM", 2, 0, "shop.notes"}}} }, ""},
	} {
		one := func(server, v string) (replication.Facts, *native) {
			n := &native{flavour: mySQL, version: parseVersion(v), Settings: map[string]setting{"innodb_page_size": {Value: "16384"}}}
			n.CloneLibrary = true
			return replication.Facts{Node: node(mySQL, server), Running: true, Native: n}, n
		}
		p, pn := one("db1", c.primary)
		r, rn := one("db2", c.target)
		if c.change != nil {
			c.change(pn, rn)
		}
		if why := whyDump(p, r); (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %q", name, why)
		}
	}
}

func TestWhichVersionsMayFollow(t *testing.T) {
	for _, c := range []struct {
		primary, replica string
		may              bool
	}{
		{"8.0.43", "8.0.36", true}, {"8.0.36", "8.4.5", true}, {"8.4.5", "9.7.4", true}, {"9.1.0", "9.7.4", true}, {"8.3.0", "8.4.5", true},
		{"8.4.5", "8.0.43", false}, {"9.7.4", "8.4.5", false}, {"8.0.43", "9.7.4", false}, {"9.7.4", "9.1.0", false}, {"8.4.5", "8.3.0", false},
	} {
		if may := feedsVersion(parseVersion(c.primary), parseVersion(c.replica)); may != c.may {
			t.Errorf("%s after %s: %v", c.replica, c.primary, may)
		}
	}
}

// TestLoadScript runs load.sh with a server and a client of a few lines.
func TestLoadScript(t *testing.T) {
	const server = `#!/bin/sh
for a; do case $a in --datadir=*) data=${a#*=} ;; --log-error=*) log=${a#*=} ;; esac; done
case "$*" in
*--initialize-insecure*) [ -z "$(ls "$data")" ] && echo x >"$data/mysql.ibd"; exit ;;
*--upgrade=FORCE*) echo upgraded >>"$data/upgraded" ;;
esac
trap 'rm -f "$data/belt.pid"; exit 0' TERM
echo $$ >"$data/belt.pid"
case $log in */*) ;; *) log=$data/$log.err ;; esac # as MySQL does: "stderr", too, is a file
echo '[System] mysqld: ready for connections.' >>"$log"
while :; do sleep 0.05; done
`
	const client = `#!/bin/sh
cat >"$NEW/all"
sed '/^$/,$d' "$NEW/all" >"$NEW/loaded"
grep -q broken "$NEW/loaded" && exit 1
case $(cat "$NEW/all") in *gtid_executed*) sed -n 's/^position //p' "$NEW/loaded" ;; esac
`
	for name, c := range map[string]struct {
		server, sql, upgrade string
		says                 string // empty: it works
	}{
		"loads":           {server, "position u:1-5", "keep", ""},
		"upgrades":        {server, "position u:1-5", "upgrade", ""},
		"bad SQL":         {server, "broken", "keep", "exit"},
		"no position":     {server, "some", "keep", "has no position"},
		"no new folder":   {"#!/bin/sh\necho '[ERROR] no space' >&2\nexit 1\n", "position u:1", "keep", "no space"},
		"does not start":  {strings.Replace(server, "trap", "exit 1; trap", 1), "position u:1", "keep", "did not start"},
		"does not end ok": {strings.Replace(server, "exit 0' TERM", "exit 3' TERM", 1), "position u:1", "keep", "did not end well (exit code 3)"},
	} {
		y := replicatest.NewYard(t)
		y.Tool("mysqld", c.server)
		y.Tool("mysql", client)
		y.Tool("chown", "#!/bin/sh\n")
		y.Tool("sync", "#!/bin/sh\n")
		y.Write("new/left", "of an earlier try")
		y.Write("sql", c.sql+"\n")
		y.Env = append(y.Env, "NEW="+y.Path("new"))
		y.Write("script", ownScript+loadScript)
		y.Write("data/mysqld-auto.cnf", "persisted")
		y.Write("data/server-cert.pem", "a certificate")
		err := y.Run(`cd "$1" && exec sh script "$1/new" "$1/bin/mysqld" mysql "$1/bin/mysql" "$2" "$1/data" <sql`, y.Path(""), c.upgrade)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if whole := y.Read("new.complete") != "(none)"; whole != (c.says == "") {
			t.Errorf("%s: whole: %v", name, whole)
		}
		if c.says == "" && (y.Read("new/loaded") != c.sql+"\n" || y.Read("new/left") != "(none)" || (y.Read("new/upgraded") != "(none)") != (c.upgrade == "upgrade")) {
			t.Errorf("%s: %v", name, y.Tree())
		}
		if own := y.Read("new/mysqld-auto.cnf") + y.Read("new/server-cert.pem"); c.says == "" && own != "persisteda certificate" {
			t.Errorf("%s: of its own it has %q", name, own)
		}
	}
}

// TestDumpScript tells mysqldump who to be, and that only its own success counts.
func TestDumpScript(t *testing.T) {
	for _, admin := range []bool{false, true} {
		y := replicatest.NewYard(t)
		y.Tool("mysqldump", "#!/bin/sh\nprintf '%s\\n' \"$@\" >"+y.Path("told")+"\nexit \"${CODE:-0}\"\n")
		y.Write("files/x", "")
		want := "--no-defaults\n--user=root\n"
		if admin {
			y.Write("files/admin.cnf", "[client]\n")
			want = "--defaults-file=" + y.Path("files/admin.cnf") + "\n--protocol"
		}
		y.Env = append(y.Env, "BELT_FILES="+y.Path("files"))
		if err := y.Run(dumpScript, "/run/sock", "--source-data=2", "--single-transaction"); err != nil {
			t.Fatal(err)
		}
		told := y.Read("told")
		for _, part := range []string{"--socket=/run/sock\n", "--source-data=2\n", "--single-transaction\n", "--set-gtid-purged=ON\n"} {
			if !strings.Contains(told, part) {
				t.Errorf("no %q: %s", part, told)
			}
		}
		if !strings.HasPrefix(told, want) {
			t.Errorf("admin %v: %s", admin, told)
		}
		y.Env = append(y.Env, "CODE=2")
		if err := y.Run(dumpScript, "/run/sock", "--source-data=2", "--single-transaction"); err == nil {
			t.Error("a failure counts as success")
		}
	}
}
