package mysql

import (
	osuser "os/user"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

// TestBackupScript holds the sender's script to its word: only what mariadb-backup itself calls complete counts.
func TestBackupScript(t *testing.T) {
	for name, c := range map[string]struct {
		tool string
		fine bool
	}{
		"complete":  {"#!/bin/sh\necho stream\necho '[00] 2026 completed OK!' >&2\n", true},
		"fails":     {"#!/bin/sh\necho half\necho 'no space left' >&2\nexit 1\n", false},
		"says less": {"#!/bin/sh\necho half\necho '[00] FATAL ERROR: 2026 something' >&2\n", false},
		"is killed": {"#!/bin/sh\necho '[00] 2026 completed OK!' >&2\nkill -9 $$\n", false},
	} {
		y := replicatest.NewYard(t)
		y.Tool("mariadb-backup", c.tool)
		y.Write("files/x", "")
		y.Env = append(y.Env, "BELT_FILES="+y.Path("files"))
		err := y.Run("cd "+y.Path("files")+"\n"+backupScript, "/run/mysqld/mysqld.sock", "2")
		if (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
		if !c.fine && !strings.Contains(err.Error(), "did not complete") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBackupLogsInAsAdmin(t *testing.T) {
	for _, admin := range []bool{false, true} {
		y := replicatest.NewYard(t)
		y.Tool("mariadb-backup", "#!/bin/sh\necho \"$1\" >"+y.Path("told")+"\necho 'completed OK!' >&2\n")
		y.Write("files/x", "")
		if admin {
			y.Write("files/admin.cnf", "[client]\n")
		}
		y.Env = append(y.Env, "BELT_FILES="+y.Path("files"))
		if err := y.Run("cd "+y.Path("files")+"\n"+backupScript, "sock", "2"); err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{false: "--user=root\n", true: "--defaults-extra-file=" + y.Path("files/admin.cnf") + "\n"}[admin]
		if got := y.Read("told"); got != want {
			t.Errorf("admin %v: %q", admin, got)
		}
	}
}

// prepared runs prepare.sh on a copy with the files given.
func prepared(t *testing.T, tool string, files map[string]string) (*replicatest.Yard, error) {
	t.Helper()
	y := replicatest.NewYard(t)
	y.Tool("mariadb-backup", tool)
	y.Tool("chown", "#!/bin/sh\n")
	y.Tool("sync", "#!/bin/sh\n")
	for name, text := range files {
		y.Write("new/"+name, text)
	}
	y.Write("data/debian-10.11.flag", "")
	y.Write("data/mysql_upgrade_info", "10.11.18-MariaDB")
	err := y.Run("progress() { :; }\ncd "+y.Path("data")+"\n"+prepareScript, y.Path("new"), "mysql", "xtrabackup_binlog_info", y.Path("data"))
	return y, err
}

const wellPrepared = "#!/bin/sh\nfor a; do case $a in --target-dir=*) echo 'backup_type = full-prepared' >\"${a#*=}/xtrabackup_checkpoints\" ;; esac; done\necho 'completed OK!' >&2\n"

func TestPrepareScript(t *testing.T) {
	whole := map[string]string{"xtrabackup_binlog_info": "binlog.000001\t4\t0-1-2\n", "xtrabackup_checkpoints": "backup_type = full-backuped\n", "ibdata1": "x"}
	y, err := prepared(t, wellPrepared, whole)
	if err != nil {
		t.Fatal(err)
	}
	if y.Read("new.complete") == "(none)" || y.Read("new/mysql_upgrade_info") != "10.11.18-MariaDB" {
		t.Errorf("%v", y.Tree())
	}
	for name, c := range map[string]struct {
		tool    string
		without string
		says    string
	}{
		"no position":       {wellPrepared, "xtrabackup_binlog_info", "has no xtrabackup_binlog_info"},
		"no checkpoints":    {wellPrepared, "xtrabackup_checkpoints", "has no xtrabackup_checkpoints"},
		"not prepared":      {"#!/bin/sh\necho 'completed OK!' >&2\n", "", "is not prepared"},
		"prepare fails":     {"#!/bin/sh\necho broken >&2\nexit 1\n", "", "could not prepare"},
		"prepare says less": {"#!/bin/sh\necho broken >&2\n", "", "could not prepare"},
	} {
		files := map[string]string{}
		for file, text := range whole {
			if file != c.without {
				files[file] = text
			}
		}
		y, err := prepared(t, c.tool, files)
		if err == nil || !strings.Contains(err.Error(), c.says) || y.Read("new.complete") != "(none)" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCloneScript runs clone.sh with a client that makes what CLONE makes.
func TestCloneScript(t *testing.T) {
	for name, c := range map[string]struct {
		client string
		fine   bool
	}{
		"clones": {`#!/bin/sh
input=$(cat)
case $input in
CLONE*) mkdir -p "$NEW/data" && echo x >"$NEW/data/mysql.ibd" ;;
after*) echo after >>"$LOG" ;;
esac
`, true},
		"waits its turn": {`#!/bin/sh
input=$(cat)
case $input in
CLONE*)
	[ -e "$LOG" ] || { echo 'ERROR 3862 (HY000) at line 6: Clone Donor Error: 3634 : Too many concurrent clone operations. Maximum allowed - 1..' >&2; exit 1; }
	mkdir -p "$NEW/data" && echo x >"$NEW/data/mysql.ibd"
	;;
after*) echo after >"$LOG" ;;
esac
`, true},
		"fails": {`#!/bin/sh
input=$(cat)
case $input in
CLONE*) echo 'ERROR 3862: Clone Donor Error' >&2; exit 1 ;;
after*) echo after >>"$LOG" ;;
esac
`, false},
		"half": {`#!/bin/sh
input=$(cat)
case $input in
CLONE*) mkdir -p "$NEW/data" ;;
after*) echo after >>"$LOG" ;;
esac
`, false},
	} {
		y := replicatest.NewYard(t)
		y.Tool("mysql", c.client)
		y.Tool("sync", "#!/bin/sh\n")
		y.Write("files/clone.sql", "CLONE INSTANCE")
		y.Write("files/after.sql", "after")
		y.Write("data/mysqld-auto.cnf", "persisted")
		y.Write("new/left", "of an earlier try")
		y.Env = append(y.Env, "BELT_FILES="+y.Path("files"), "NEW="+y.Path("new"), "LOG="+y.Path("log"))
		err := y.Run("progress() { :; }\ncd "+y.Path("files")+"\n"+ownScript+endCloneScript+cloneScript, y.Path("bin/mysql"), "sock", y.Path("new"), y.Path("data"), "db1", "10.0.0.21", "3306")
		if (err == nil) != c.fine || (y.Read("new.complete") != "(none)") != c.fine {
			t.Errorf("%s: %v, %v", name, err, y.Tree())
		}
		if c.fine && (y.Read("new/mysql.ibd") != "x\n" || y.Read("new/mysqld-auto.cnf") != "persisted" || y.Read("new/left") != "(none)") {
			t.Errorf("%s: %v", name, y.Tree())
		}
		if y.Read("log") != "after\n" {
			t.Errorf("%s: what it needed was not put back: %q", name, y.Read("log"))
		}
	}
}

// The server goes on with a CLONE whose client is gone: who stops the copy ends it there, and puts back what it needed after
// that, since a plug-in that is in use cannot be unloaded.
func TestCloneStopped(t *testing.T) {
	me, err := osuser.Current()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		script string
		args   []string // after client, socket and folder
	}{
		"of a donor": {ownScript + endCloneScript + cloneScript, []string{"/nowhere", "db1", "10.0.0.21", "3306"}},
		"of its own": {endCloneScript + cloneLocalScript, []string{me.Username}},
	} {
		y := replicatest.NewYard(t)
		y.Tool("mysql", `#!/bin/sh
input=$(cat)
case $input in
*'CLONE INSTANCE'* | *'CLONE LOCAL'*) echo 7; : >"$SERVER"; kill -TERM "$(cat shell)" ;;
*performance_schema.processlist*) [ ! -e "$SERVER" ] || echo 7 ;;
*plugins* | *@@*) echo 0 ;;
KILL*) echo "$input" >>"$LOG"; rm -f "$SERVER" ;;
*'UNINSTALL PLUGIN'*) echo unloaded >>"$LOG" ;;
esac
`)
		y.Write("files/clone.sql", "CLONE INSTANCE")
		y.Write("files/after.sql", "UNINSTALL PLUGIN clone")
		y.Write("new/left", "of an earlier try")
		y.Env = append(y.Env, "BELT_FILES="+y.Path("files"), "SERVER="+y.Path("server"), "LOG="+y.Path("log"))
		err := y.Run("progress() { :; }\ncd "+y.Path("files")+"\necho $$ >shell\n"+c.script, append([]string{y.Path("bin/mysql"), "sock", y.Path("new")}, c.args...)...)
		if err == nil || y.Read("log") != "KILL 7\nunloaded\n" {
			t.Errorf("%s: %v, %q", name, err, y.Read("log"))
		}
	}
}
