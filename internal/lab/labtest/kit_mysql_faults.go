package labtest

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
)

// Tamper changes a row outside of the binary log.
func (mysql) Tamper(t testing.TB, primary, replica *lab.Server) Tampered {
	t.Helper()
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	writable(t, replica, func() {
		SQL(t, replica, "SET SESSION sql_log_bin = 0; UPDATE shop.orders SET remark = 'another' WHERE id = 777")
	})
	if was := SQL(t, primary, "SELECT COUNT(*) FROM shop.orders WHERE id = 777 AND remark <> 'another'"); was != "1" {
		t.Fatalf("the primary has %s such rows", was)
	}
	return Tampered{Object: "shop.orders", Key: "777", Other: "776"}
}

// writable lets a replica take writes for a moment.
func writable(t testing.TB, replica *lab.Server, do func()) {
	t.Helper()
	super := replica.Kind == lab.MySQL
	SQL(t, replica, "SET GLOBAL read_only = 0")
	do()
	SQL(t, replica, "SET GLOBAL read_only = 1")
	if super {
		SQL(t, replica, "SET GLOBAL super_read_only = 1")
	}
}

// Diverge stops replication and writes to the replica, transactions of its own in its log.
func (k mysql) Diverge(t testing.TB, primary, replica *lab.Server) {
	t.Helper()
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	stop := "STOP REPLICA"
	if k.kind == lab.MariaDB {
		stop = "STOP SLAVE"
	}
	SQL(t, replica, stop+"; SET GLOBAL read_only = 0")
	SQL(t, replica, "UPDATE shop.orders SET weight = -1 WHERE id % 100 = 7; CREATE TABLE shop.strayed AS SELECT n FROM shop.numbers WHERE n < 1000")
}

func (mysql) Strayed(t testing.TB, replica *lab.Server) bool {
	t.Helper()
	out, err := replica.SQL(t.Context(), "SELECT COUNT(*) FROM shop.strayed")
	return err == nil && out == "1000"
}

// LoseLog deletes all binary logs but the last, which begins after what the replica has.
func (mysql) LoseLog(t testing.TB, primary, _ *lab.Server) {
	t.Helper()
	SQL(t, primary, "INSERT INTO shop.audit VALUES (1, 'lost'); FLUSH BINARY LOGS; INSERT INTO shop.audit VALUES (2, 'lost'); FLUSH BINARY LOGS")
	logs := split(SQL(t, primary, "SHOW BINARY LOGS"))
	last := strings.Fields(logs[len(logs)-1])[0]
	SQL(t, primary, "PURGE BINARY LOGS TO '"+last+"'")
}

func (k mysql) Damages() []Damage {
	change := "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '192.0.2.1', SOURCE_CONNECT_RETRY = 1; START REPLICA"
	stop := "STOP REPLICA SQL_THREAD"
	if k.kind == lab.MariaDB {
		change = "STOP SLAVE; CHANGE MASTER TO MASTER_HOST = '192.0.2.1', MASTER_CONNECT_RETRY = 1; START SLAVE"
		stop = "STOP SLAVE SQL_THREAD"
	}
	account := func(t testing.TB, primary *lab.Server) string {
		t.Helper()
		return SQL(t, primary, "SELECT CONCAT('''', user, '''@''', host, '''') FROM mysql.user WHERE user LIKE 'belt%' LIMIT 1")
	}
	cutOff := func(t testing.TB, primary *lab.Server) {
		t.Helper()
		for _, id := range split(SQL(t, primary, "SELECT id FROM information_schema.PROCESSLIST WHERE command LIKE 'Binlog Dump%'")) {
			SQL(t, primary, "KILL "+id)
		}
	}
	return []Damage{
		{"its connection is wrong", func(t testing.TB, _, replica *lab.Server) { SQL(t, replica, change) }},
		{"its password is wrong", func(t testing.TB, primary, _ *lab.Server) {
			SQL(t, primary, "SET SESSION sql_log_bin = 0; ALTER USER "+account(t, primary)+" IDENTIFIED BY 'other'")
			cutOff(t, primary)
		}},
		{"its account is gone", func(t testing.TB, primary, _ *lab.Server) {
			SQL(t, primary, "SET SESSION sql_log_bin = 0; DROP USER "+account(t, primary))
			cutOff(t, primary)
		}},
		{"one of its threads was stopped", func(t testing.TB, _, replica *lab.Server) { SQL(t, replica, stop) }},
		{"its relay log is broken", func(t testing.TB, primary, replica *lab.Server) {
			SQL(t, replica, stop)
			SQL(t, primary, "INSERT INTO shop.audit SELECT n, 'relayed' FROM shop.numbers")
			Eventually(t, "it has relayed what it does not apply", func() bool { return breakRelayLog(t, replica) })
			SQL(t, replica, strings.Replace(stop, "STOP", "START", 1))
		}},
	}
}

// breakRelayLog overwrites what was relayed last, once there is some; false before.
func breakRelayLog(t testing.TB, replica *lab.Server) bool {
	t.Helper()
	return Exec(t, replica, `cd /var/lib/mysql && file=$(ls relay-bin.0* | sort | tail -n 1) && size=$(stat -c %s "$file")
		[ "$size" -gt 4000 ] || { echo small; exit 0; }
		head -c 500 /dev/zero | dd of="$file" bs=1 seek=$((size - 3000)) conv=notrunc 2>/dev/null; echo broken`) == "broken"
}

func (k mysql) Busy(t testing.TB, s *lab.Server) (end func()) {
	t.Helper()
	SQL(t, s, "CREATE DATABASE busy; CREATE TABLE busy.t (id INT AUTO_INCREMENT PRIMARY KEY)")
	Exec(t, s, `nohup setsid sh -c 'echo $$ >/run/busy.pid; while :; do echo "INSERT INTO t VALUES (); "; sleep 0.01; done | "$1" --unbuffered busy' sh "$1" >/dev/null 2>&1 &`, string(k.kind))
	Eventually(t, "somebody writes", func() bool { return SQL(t, s, "SELECT COUNT(*) > 0 FROM busy.t") == "1" })
	return func() {
		Exec(t, s, `kill -- "-$(cat /run/busy.pid)"; rm /run/busy.pid`)
		SQL(t, s, "DROP DATABASE busy")
	}
}
