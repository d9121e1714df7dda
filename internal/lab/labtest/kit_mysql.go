package labtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
)

// mysql is the kit of MariaDB and MySQL.
type mysql struct{ kind lab.Kind }

func (mysql) Port() string { return "3306" }

func (mysql) Variables() Variables {
	return Variables{
		Prefix: "MYSQL",
		Login:  map[string]string{"DATABASE": lab.Database, "USERNAME": lab.User, "PASSWORD": lab.Password},
		Taken:  []string{"DATABASE"},
	}
}

func (k mysql) Ways() Ways {
	w := Ways{Stopped: "restart", Diverged: "full", LogLost: "full", Copy: "seed", MaxRate: true, WaitsOut: true, RestartsItself: true}
	if k.kind == lab.MariaDB {
		w.Copying = "mbstream"
	}
	return w
}

func (mysql) Compared() (tables, rows int64) { return 10, 10000 }

// SQL is Server.SQL that fails the test.
func SQL(t testing.TB, s *lab.Server, sql string) string {
	t.Helper()
	out, err := s.SQL(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// vertical is SQL with "name: value" a line. The client of MySQL 9 takes no \G.
func vertical(t testing.TB, s *lab.Server, sql string) string {
	t.Helper()
	return Exec(t, s, `exec "$1" --batch --vertical --column-names -e "$2"`, string(s.Kind), sql)
}

func (mysql) OwnData(t testing.TB, s *lab.Server) {
	t.Helper()
	var rows []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf("(%d, SHA2(%d, 256))", i, i))
	}
	SQL(t, s, "CREATE DATABASE own; CREATE TABLE own.precious (id INT PRIMARY KEY, value CHAR(64)); INSERT INTO own.precious VALUES "+strings.Join(rows, ", "))
}

func (mysql) HasOwnData(t testing.TB, s *lab.Server) bool {
	t.Helper()
	out, err := s.SQL(t.Context(), "SELECT COUNT(*) FROM own.precious")
	return err == nil && out == "1000"
}

func (mysql) Filled(t testing.TB, s *lab.Server) bool {
	t.Helper()
	out, err := s.SQLIn(t.Context(), lab.Database, "SELECT COUNT(*) > 1000 FROM orders")
	return err == nil && out == "1"
}

func (mysql) Written(t testing.TB, s *lab.Server) {
	t.Helper()
	SQL(t, s, "CREATE DATABASE alone; CREATE TABLE alone.t (id INT); INSERT INTO alone.t VALUES (1); DROP DATABASE alone")
}

func (mysql) Kept(t testing.TB, s *lab.Server) []string {
	t.Helper()
	return split(Exec(t, s, "ls -d /var/lib/mysql.belt-old-* 2>/dev/null || :"))
}

func (k mysql) Left(t testing.TB, s *lab.Server) []string {
	t.Helper()
	left := split(SQL(t, s, "SELECT CONCAT('account ', user, '@', host) FROM mysql.user WHERE user LIKE 'belt%'"))
	status := "SHOW REPLICA STATUS"
	if k.kind == lab.MariaDB {
		status = "SHOW ALL SLAVES STATUS"
	}
	if out := SQL(t, s, status); out != "" {
		left = append(left, "it follows: "+out)
	}
	if out := SQL(t, s, "SELECT CONCAT('read_only ', @@global.read_only) FROM DUAL WHERE @@global.read_only"); out != "" {
		left = append(left, out)
	}
	if k.kind == lab.MySQL {
		left = append(left, split(SQL(t, s, "SELECT CONCAT('persisted ', variable_name) FROM performance_schema.persisted_variables"))...)
	}
	left = append(left, split(Exec(t, s, `
		grep -rl belt /etc/mysql /etc/systemd/system /etc/apparmor.d 2>/dev/null
		find /etc/mysql /etc/systemd/system -name '*belt*' 2>/dev/null
		ls -d /var/lib/mysql.belt-new* 2>/dev/null; :`))...)
	return append(left, leftOnServer(t, s)...)
}

// AppReads has the count in a query of its own: beside an aggregate MariaDB 10.11 has 0 for the variable.
func (k mysql) AppReads(t testing.TB, web, replica *lab.Server) bool {
	t.Helper()
	return Exec(t, web, `MYSQL_PWD=$3 "$1" --host="$2" --user="$4" --batch --skip-column-names -e 'SELECT @@global.read_only, (SELECT COUNT(*) > 0 FROM orders)' "$5"`,
		string(k.kind), replica.Internal.String(), lab.Password, lab.User, lab.Database) == "1\t1"
}

func (k mysql) Encrypted(t testing.TB, primary, replica *lab.Server) {
	t.Helper()
	// The names in a certificate that MySQL made itself fit nothing: an authority of its own has to do.
	status, wanted, restart := "SHOW REPLICA STATUS", []string{"Source_SSL_Allowed: Yes", "Source_SSL_CA_File: /var/lib/belt/"}, "STOP REPLICA; START REPLICA"
	if k.kind == lab.MariaDB {
		status, wanted, restart = "SHOW SLAVE STATUS", []string{"Master_SSL_Allowed: Yes", "Master_SSL_CA_File: /var/lib/belt/", "Master_SSL_Verify_Server_Cert: Yes"}, "STOP SLAVE; START SLAVE"
	}
	out := vertical(t, replica, status)
	for _, want := range wanted {
		if !strings.Contains(out, want) {
			t.Errorf("no %q: %s", want, out)
		}
	}
	restore := wrongCertificate(t, replica)
	SQL(t, replica, restart)
	Eventually(t, "the replica refuses a primary with another certificate", func() bool {
		now := strings.ToLower(vertical(t, replica, status))
		return strings.Contains(now, "certificate") || strings.Contains(now, "ssl connection error") || strings.Contains(now, "tls/ssl error")
	})
	restore()
	SQL(t, replica, restart)
	Eventually(t, "the replica streams again", func() bool {
		now := vertical(t, replica, status)
		return strings.Count(now, "_Running: Yes") == 2
	})
}

func (mysql) GiveEveryStepWork(testing.TB, *lab.Server) {}

func (mysql) LongSteps() []string {
	return []string{"options", "account.db2", "seed.db2", "seed.db2", "swap.db2", "start.db2"}
}

// Parted is of MariaDB from 11.4, which keeps its binary logs for ever while fewer replicas are connected than it is told to wait
// for: one, unless Belt's file says otherwise.
func (k mysql) Parted(t testing.TB, primary *lab.Server) (changed []string, is bool) {
	t.Helper()
	const option, file = "slave_connections_needed_for_purge", "/etc/mysql/mariadb.conf.d/zz-belt.cnf"
	if k.kind != lab.MariaDB {
		return nil, true
	}
	waits := SQL(t, primary, "SELECT variable_value FROM information_schema.GLOBAL_VARIABLES WHERE variable_name = '"+option+"'")
	if waits == "" {
		return nil, true
	}
	written := Exec(t, primary, `grep -vxE '#.*|\[mysqld\]' "$1" 2>/dev/null || :`, file)
	if waits != "0" || written != option+" = 0" {
		t.Logf("%s waits for %s replicas; %s says %q", primary, waits, file, written)
		return nil, false
	}
	return []string{"(?i): setting " + option + "$", ": (content of )?" + file + "$"}, true
}

func (mysql) Durable() string { return "" }

func (mysql) folders() []string {
	return []string{
		"/var/lib -maxdepth 1 -name mysql*",
		// #ib_archive is the server's own, which MySQL makes when it is cloned and keeps.
		"/var/lib/mysql -maxdepth 1 ( -name *.cnf -o -name *belt* -o -type d ) -not -name #ib_archive",
	}
}

// state is every setting that does not move by itself, the accounts and plugins, and who follows whom.
func (k mysql) state(t testing.TB, s *lab.Server) (string, error) {
	// innodb_log_file_buffering is what MariaDB finds at a start that finds a log: at the one that made it, it is another.
	sql := `
		SELECT CONCAT('setting ', variable_name), variable_value FROM ` + k.schema() + `.GLOBAL_VARIABLES
		WHERE variable_name NOT LIKE 'gtid%pos' AND variable_name NOT IN ('innodb_log_file_buffering', 'gtid_binlog_state', 'gtid_executed', 'gtid_purged', 'timestamp');
		SELECT CONCAT('account ', user, '@', host), CONCAT_WS(' ', plugin, SHA2(authentication_string, 256)) FROM mysql.user;
		SELECT CONCAT('plugin ', plugin_name), plugin_status FROM information_schema.PLUGINS;
		SELECT CONCAT('replica ', user), 'connected' FROM information_schema.PROCESSLIST WHERE command LIKE 'Binlog Dump%';`
	if k.kind == lab.MySQL {
		sql += `SELECT CONCAT('persisted ', variable_name), variable_value FROM performance_schema.persisted_variables;
			SELECT CONCAT('channel ', channel_name), CONCAT_WS(' ', host, port, user) FROM performance_schema.replication_connection_configuration;`
	}
	return s.SQL(t.Context(), sql)
}

// schema has the table of the settings.
func (k mysql) schema() string {
	if k.kind == lab.MariaDB {
		return "information_schema"
	}
	return "performance_schema"
}
