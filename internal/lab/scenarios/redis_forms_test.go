//go:build lab

package scenarios

import (
	"strings"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

func (f *forms) appendOnly() {
	f.begin("appendonly yes", "appendonly yes\nsave \"\"")
	f.lives()
	do(f.t, f.db2.KillDatabase)
	f.until("db1", f.db2, "GET", "one")
}

func (f *forms) aclFile() {
	users := "user default on >" + lab.Password + " ~* +@all"
	for _, s := range []*lab.Server{f.db1, f.db2} {
		labtest.Exec(f.t, s, `printf '%s\n' "$2" "user app on >x ~app:* +@read" >/root/etc/users.acl; chown "$1:" /root/etc/users.acl`, f.kind, users)
	}
	defer func() {
		for _, s := range []*lab.Server{f.db1, f.db2} {
			labtest.Exec(f.t, s, `rm /root/etc/users.acl`)
		}
	}()
	f.begin("aclfile /etc/"+f.kind+"/users.acl", "aclfile /etc/"+f.kind+"/users.acl")
	f.enable("--replica", "db2")
	f.restart(f.db1)
	f.cli(f.db1, "SET", "after", "the restart")
	f.until("the restart", f.db2, "GET", "after")
	f.follows(shop, "db2")
	f.verify(true)
	f.goes()
	if users := f.cli(f.db1, "ACL", "USERS"); users != "app\ndefault" {
		f.t.Errorf("the users: %q", users)
	}
}

// hashedPassword: the default user's password is in the configuration as a hash only, so the inventory has to tell it.
func (f *forms) hashedPassword() {
	hash := strings.Fields(labtest.Exec(f.t, f.db1, `printf %s "$1" | sha256sum`, lab.Password))[0]
	line := "requirepass \"\"\nuser default on #" + hash + " ~* +@all"
	f.begin(line, line)
	r := f.belt.Do(f.t, 3, "db", "replicate", "enable", shop, "--replica", "db2")
	if !strings.Contains(r.Error+r.Hint, "admin: {username: …, password_file: …}") {
		f.t.Errorf("%s", r.Ended)
	}
	f.amend("        servers: [db1]\n", "        servers: [db1]\n        admin: {username: default, password_file: "+f.PasswordFile()+"}\n")
	f.lives()
}

// socketOnly: a replica needs a port. It gets one with TLS, and goes when the replica goes.
func (f *forms) socketOnly() {
	f.begin("port 0\nunixsocket /run/"+f.kind+"/lab.sock\nunixsocketperm 777", "")
	f.lives()
	if ports := labtest.Exec(f.t, f.db1, `ss -Htln | awk '{print $4}' | grep -E ':63[0-9][0-9]$' || :`); ports != "" {
		f.t.Errorf("db1 listens on %s", ports)
	}
}

// renamed: no EVAL, so that the values are compared by their own commands.
func (f *forms) renamed() {
	same := "rename-command FLUSHALL \"\"\nrename-command EVAL \"\"\nrename-command EVALSHA \"\"\nrename-command SHUTDOWN stop-8f2\n"
	f.begin(same+"rename-command ACL acl-1", same+"rename-command REPLICAOF follow-2\nrename-command BGSAVE save-2")
	f.lives()

	f.begin("rename-command FLUSHALL wipe-1", "")
	f.refused("FLUSHALL", "rename-command")
	f.begin("rename-command PSYNC \"\"", "")
	f.refused("took away PSYNC")
}

// two: a second instance on both servers, with its data in the same folder.
func (f *forms) two() {
	f.begin("", "")
	for _, s := range []*lab.Server{f.db1, f.db2} {
		labtest.Exec(f.t, s, `set -eu
			sed -e 's/^port .*/port 6380/' -e "s|^dbfilename .*|dbfilename second.rdb|" -e "s|^pidfile .*|pidfile /run/$1-second/$1-server.pid|" \
				-e "s|^logfile .*|logfile /var/log/$1/second.log|" -e '/^include/d' "/etc/$1/$1.conf" >"/etc/$1/$1-second.conf"
			chown "$1:" "/etc/$1/$1-second.conf"
			cp -r "/etc/systemd/system/$1-server.service.d" "/etc/systemd/system/$1-server@.service.d" # the lab's own
			systemctl daemon-reload
			systemctl start "$1-server@second"`, f.kind)
		f.until("OK", s, "-p", "6380", "SET", "second", s.Name)
	}
	f.amend("        servers: [db1]\n", "        servers: [db1]\n      cache:\n        engine: "+f.kind+"\n        port: 6380\n        servers: [db1]\n")
	f.amend("        servers: [db1]\n      cache:", "        servers: [db1]\n        port: 6379\n      cache:")
	cache := "shop/cache"
	f.belt.Do(f.t, 0, "db", "replicate", "enable", cache, "--replica", "db2")
	if got := f.cli(f.db2, "GET", "one"); got != "db2" {
		f.t.Errorf("the first one on db2 has %q", got)
	}
	f.enable("--replica", "db2")
	f.follows(cache, "db2")
	f.follows(shop, "db2")
	f.belt.Do(f.t, 0, "db", "replicate", "disable", cache, "--replica", "db2")
	if got := f.cli(f.db2, "-p", "6380", "GET", "second"); got != "db1" {
		f.t.Errorf("the second one on db2 has %q", got)
	}
	f.follows(shop, "db2")
	f.belt.Do(f.t, 0, "db", "replicate", "disable", shop, "--replica", "db2")
	for _, s := range []*lab.Server{f.db1, f.db2} {
		labtest.Exec(f.t, s, `systemctl stop "$1-server@second"; rm -r "/etc/systemd/system/$1-server@.service.d"; systemctl daemon-reload`, f.kind)
	}
}

func (f *forms) refusals() {
	f.begin("cluster-enabled yes", "")
	f.refused("node of a cluster", "CLUSTER REPLICATE")

	f.begin("", "")
	labtest.Exec(f.t, f.db1, `set -eu
		printf 'port 26379\nsentinel monitor shop 127.0.0.1 6379 1\nsentinel auth-pass shop %s\n' "$2" >/run/sentinel.conf
		nohup "/usr/bin/$1-server" /run/sentinel.conf --sentinel >/run/sentinel.log 2>&1 & echo $! >/run/sentinel.pid`, f.kind, lab.Password)
	labtest.Eventually(f.t, "Sentinel watches db1", func() bool { return strings.Contains(f.cli(f.db1, "CLIENT", "LIST"), "name=sentinel-") })
	f.refused("Sentinel watches it")
	labtest.Exec(f.t, f.db1, `kill "$(cat /run/sentinel.pid)"`)

	f.begin("", "maxmemory 10mb")
	labtest.Fill(f.t, f.db1, 20)
	f.refused("maxmemory is 10 MB", "--skip-check maxmemory")
	f.enable("--replica", "db2", "--skip-check", "maxmemory")
	f.verify(true)

	f.begin("save \"\"", "")
	f.refused("it keeps nothing on disk", "--skip-check persistence")
	f.lives("--skip-check", "persistence")
}

// include: one that is there before has no effect, and one that comes later is found and mended.
func (f *forms) include() {
	local := "/etc/" + f.kind + "/local.conf"
	labtest.Exec(f.t, f.db2, `printf 'replica-read-only no\nmasteruser nobody\n' >/root/etc/local.conf`)
	defer labtest.Exec(f.t, f.db2, `rm /root/etc/local.conf`)
	f.begin("", "include "+local)
	check := f.belt.Run(f.t, "check", shop, "-o", "json", "-v")
	plan := f.belt.Plan(f.t, 0, "db", "replicate", "enable", shop, "--replica", "db2")
	named := false
	for _, c := range plan.Checks {
		named = named || strings.Contains(c.Detail, "replica-read-only is set by "+local+":1")
	}
	if !named {
		f.t.Errorf("the include is not named: %s\n%s", plan.Ended, check)
	}
	f.enable("--replica", "db2")
	f.restart(f.db2)
	f.linked()
	if f.setting(f.db2, "replica-read-only") != "yes" {
		f.t.Error("the include wins")
	}
	f.follows(shop, "db2")

	labtest.Exec(f.t, f.db2, `echo "include $2" >>"/etc/$1/$1.conf"`, f.kind, local)
	f.restart(f.db2)
	d := f.belt.Status(f.t, shop, 6).Database(f.t, shop)
	if r := d.Replica("db2"); r == nil || r.Fix == "" || !r.Writable && r.State != "broken" {
		f.t.Errorf("with another include behind belt's: %s", r)
	} else {
		f.t.Logf("status: %s", r)
	}
	f.belt.Do(f.t, 0, "db", "replicate", "resync", shop)
	f.restart(f.db2)
	f.linked()
	f.follows(shop, "db2")
	f.verify(true)
	f.goes()
}

// linked waits until db2 hears of db1's changes.
func (f *forms) linked() {
	f.t.Helper()
	labtest.Eventually(f.t, "db2 follows", func() bool { return f.info(f.db2, "master_link_status") == "up" })
}

// writtenTo: verify finds what somebody wrote on the replica, status that it takes writes, and resync mends both.
func (f *forms) writtenTo() {
	f.begin("", "")
	f.enable("--replica", "db2")
	f.cli(f.db2, "CONFIG", "SET", "replica-read-only", "no")
	f.cli(f.db2, "SET", "one", "strayed")
	f.cli(f.db2, "SET", "stray", "x")
	if got := f.verify(false); got != "db0:one db0:stray" {
		f.t.Errorf("%q differ", got)
	}
	if r := f.belt.Status(f.t, shop, 6).Database(f.t, shop).Replica("db2"); r == nil || r.State != "diverged" || !strings.Contains(r.Fix, "resync") {
		f.t.Errorf("%s", r)
	}
	p := f.belt.Plan(f.t, 0, "db", "replicate", "resync", shop)
	if notes := strings.Join(p.Notes, "\n"); !strings.Contains(notes, "db2: full, because replica-read-only is no there") {
		f.t.Errorf("the plan does not say why: %q", notes)
	}
	f.belt.Do(f.t, 0, "db", "replicate", "resync", shop)
	f.follows(shop, "db2")
	f.verify(true)
	f.goes()
}
