package labtest

import (
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

type postgresql struct{}

func (postgresql) Port() string { return "5432" }

func (postgresql) Variables() Variables {
	return Variables{
		Prefix: "POSTGRESQL",
		Login:  map[string]string{"DATABASE": lab.Database, "USERNAME": lab.User, "PASSWORD": lab.Password},
		Taken:  []string{"DATABASE", "USERNAME", "PASSWORD"},
	}
}

func (postgresql) Ways() Ways {
	return Ways{Stopped: "restart", Diverged: "rewind", LogLost: "full", Copy: "seed", MaxRate: true, Copying: "pg_basebackup"}
}

func (postgresql) Compared() (tables, rows int64) { return 4, 100000 }

func (postgresql) OwnData(t testing.TB, s *lab.Server) {
	t.Helper()
	PSQL(t, s, "CREATE DATABASE own")
	PSQLIn(t, s, "own", "CREATE TABLE precious AS SELECT i AS id, md5(i::text) AS value FROM generate_series(1, 1000) i")
}

func (postgresql) HasOwnData(t testing.TB, s *lab.Server) bool {
	t.Helper()
	out, err := s.PSQLIn(t.Context(), "own", "SELECT count(*) FROM precious")
	return err == nil && out == "1000"
}

func (postgresql) Filled(t testing.TB, s *lab.Server) bool {
	t.Helper()
	out, err := s.PSQLIn(t.Context(), lab.Database, "SELECT count(*) > 1000 FROM pgbench_accounts")
	return err == nil && out == "t"
}

func (postgresql) Written(t testing.TB, s *lab.Server) {
	t.Helper()
	PSQL(t, s, "CREATE TABLE alone (id int); DROP TABLE alone")
}

func (postgresql) Kept(t testing.TB, s *lab.Server) []string {
	t.Helper()
	return split(Exec(t, s, "ls -d /var/lib/postgresql/*/main.belt-old-* 2>/dev/null || :"))
}

func (postgresql) Left(t testing.TB, s *lab.Server) []string {
	t.Helper()
	left := split(PSQL(t, s, `
		SELECT 'slot ' || slot_name FROM pg_replication_slots UNION ALL
		SELECT 'role ' || rolname FROM pg_roles WHERE rolname LIKE 'belt%' UNION ALL
		SELECT 'setting ' || name || ' ' || setting FROM pg_file_settings WHERE sourcefile LIKE '%postgresql.auto.conf'`))
	left = append(left, split(Exec(t, s, `
		grep -h belt /etc/postgresql/*/main/pg_hba.conf
		cd /var/lib/postgresql/*/main && ls -d standby.signal recovery.signal ../main.belt-new* 2>/dev/null
		grep -h 'primary_\|belt' postgresql.auto.conf; find /var/lib/belt -name '*.pgpass' 2>/dev/null; :`))...)
	return append(left, leftOnServer(t, s)...)
}

func (postgresql) AppReads(t testing.TB, web, replica *lab.Server) bool {
	t.Helper()
	return Exec(t, web, `PGPASSWORD=$2 psql -XqAt -h "$1" -U "$3" -d "$4" -c "SELECT pg_is_in_recovery()"`,
		replica.Internal.String(), lab.Password, lab.User, lab.Database) == "t"
}

func (postgresql) Encrypted(t testing.TB, primary, replica *lab.Server) {
	t.Helper()
	if ssl := PSQL(t, primary, "SELECT s.ssl, r.client_addr FROM pg_stat_replication r JOIN pg_stat_ssl s USING (pid)"); ssl != "t|"+replica.External.String() {
		t.Errorf("pg_stat_ssl: %s", ssl)
	}
	for _, rule := range split(Exec(t, primary, "grep belt /etc/postgresql/*/main/pg_hba.conf | grep -v '^#'")) {
		if !strings.HasPrefix(rule, "hostssl") || !strings.Contains(rule, replica.External.String()+"/32") {
			t.Errorf("pg_hba.conf has %q", rule)
		}
	}
	conninfo := PSQL(t, replica, "SHOW primary_conninfo")
	if !strings.Contains(conninfo, "sslmode=verify-ca") && !strings.Contains(conninfo, "sslmode=verify-full") {
		t.Errorf("primary_conninfo: %s", conninfo)
	}
	restore := wrongCertificate(t, replica)
	PSQL(t, primary, "SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
	Eventually(t, "the replica refuses a primary with another certificate", func() bool {
		return strings.Contains(Exec(t, replica, "tail -n 20 /var/log/postgresql/*-main.log"), "certificate verify failed")
	})
	restore()
	Eventually(t, "the replica streams again", func() bool {
		return PSQL(t, primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1"
	})
}

// Tamper changes a row in the file of its table.
func (postgresql) Tamper(t testing.TB, primary, replica *lab.Server) Tampered {
	t.Helper()
	PSQLIn(t, primary, lab.Database, `
		CREATE TABLE marks (id int PRIMARY KEY, mark text NOT NULL);
		INSERT INTO marks SELECT i, 'mark-' || i FROM generate_series(1, 5000) i;`)
	file := PSQLIn(t, primary, lab.Database, "CHECKPOINT; SELECT pg_relation_filepath('marks')")
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	PSQL(t, replica, "CHECKPOINT")
	Systemctl(t, replica, "stop")
	Exec(t, replica, `grep -qa mark-3777 /var/lib/postgresql/*/main/"$1" && sed -i s/mark-3777/mark-8888/ /var/lib/postgresql/*/main/"$1"`, file)
	Systemctl(t, replica, "start")
	if got := PSQLIn(t, replica, lab.Database, "SELECT mark FROM marks WHERE id = 3777"); got != "mark-8888" {
		t.Fatalf("nothing was changed: %s", got)
	}
	return Tampered{Object: "public.marks", Key: "3777", Other: "3776"}
}

func (postgresql) Diverge(t testing.TB, primary, replica *lab.Server) {
	t.Helper()
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	PSQL(t, replica, "SELECT pg_promote()")
	PSQLIn(t, replica, lab.Database, `
		UPDATE pgbench_accounts SET abalance = 4711 WHERE aid % 1000 = 7;
		CREATE TABLE strayed AS SELECT generate_series(1, 1000) AS id;`)
}

func (postgresql) Strayed(t testing.TB, replica *lab.Server) bool {
	t.Helper()
	out, err := replica.PSQLIn(t.Context(), lab.Database, "SELECT count(*) FROM strayed")
	return err == nil && out == "1000"
}

func (postgresql) LoseLog(t testing.TB, primary, _ *lab.Server) {
	t.Helper()
	was := PSQL(t, primary, "SHOW max_slot_wal_keep_size")
	PSQL(t, primary, "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
	PSQL(t, primary, "SELECT pg_reload_conf()")
	Eventually(t, "the slot has lost its WAL", func() bool {
		PSQL(t, primary, "SELECT pg_switch_wal()")
		PSQL(t, primary, "CHECKPOINT")
		return PSQL(t, primary, "SELECT wal_status FROM pg_replication_slots") == "lost"
	})
	PSQL(t, primary, "ALTER SYSTEM SET max_slot_wal_keep_size = '"+was+"'")
	PSQL(t, primary, "SELECT pg_reload_conf()")
}

func (postgresql) Damages() []Damage {
	end := "SELECT pg_terminate_backend(pid) FROM pg_stat_replication"
	return []Damage{
		{"its connection is wrong", func(t testing.TB, _, replica *lab.Server) {
			Exec(t, replica, `sed -i "s/^primary_conninfo.*/primary_conninfo = 'host=192.0.2.1 user=nobody connect_timeout=3'/" /var/lib/postgresql/*/main/postgresql.auto.conf`)
			Systemctl(t, replica, "restart")
		}},
		{"its password is wrong", func(t testing.TB, primary, _ *lab.Server) {
			PSQL(t, primary, `ALTER ROLE belt_shop_db2 PASSWORD 'other'; `+end)
		}},
		{"its role is gone", func(t testing.TB, primary, _ *lab.Server) {
			PSQL(t, primary, end+`; DROP ROLE belt_shop_db2`)
		}},
		{"its rule is gone", func(t testing.TB, primary, _ *lab.Server) {
			Exec(t, primary, `sed -i '/belt/d' /etc/postgresql/*/main/pg_hba.conf`)
			Systemctl(t, primary, "reload")
			PSQL(t, primary, end)
		}},
		{"its password file is gone", func(t testing.TB, _, replica *lab.Server) {
			Exec(t, replica, `find /var/lib/belt -name '*.pgpass' -delete`)
			Systemctl(t, replica, "restart")
		}},
	}
}

func (postgresql) Busy(t testing.TB, s *lab.Server) (end func()) {
	t.Helper()
	Exec(t, s, `runuser -u postgres -- psql -qXc 'CREATE TABLE busy (id int)'
		nohup setsid runuser -u postgres -- psql -qXc "DO \$\$ BEGIN FOR i IN 1..100000 LOOP INSERT INTO busy VALUES (i); COMMIT; PERFORM pg_sleep(0.01); END LOOP; END \$\$" >/dev/null 2>&1 &`)
	return func() {
		Exec(t, s, `runuser -u postgres -- psql -qXc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%busy%' AND pid <> pg_backend_pid()" >/dev/null
			runuser -u postgres -- psql -qXc 'DROP TABLE busy'`)
	}
}

// A rule for the network that the replica lacks has to be brought to it.
func (postgresql) GiveEveryStepWork(t testing.TB, primary *lab.Server) {
	t.Helper()
	Exec(t, primary, `echo 'host shop shop 192.0.2.0/24 scram-sha-256' >> "$(echo /etc/postgresql/*/main/pg_hba.conf)"`)
	Systemctl(t, primary, "reload")
}

func (postgresql) LongSteps() []string {
	return []string{"settings", "role.db2", "hba.db2", "seed.db2", "seed.db2", "swap.db2", "swap.db2", "start.db2"}
}

func (postgresql) Durable() string { return "" }

func (postgresql) folders() []string {
	return []string{
		"/var/lib/postgresql -maxdepth 2 -not -name .* -not -path */.*/*",
		"/var/lib/postgresql/*/main -maxdepth 1 ( -name *.conf -o -name *.signal -o -name recovery.* )",
	}
}

func (postgresql) state(t testing.TB, s *lab.Server) (string, error) {
	out, err := s.PSQL(t.Context(), stateSQL)
	return strings.ReplaceAll(out, "|", "\t"), err
}

// wrongCertificate puts another certificate in the place of the one by which the replica knows its primary, and returns
// what puts it back.
func wrongCertificate(t testing.TB, replica *lab.Server) (restore func()) {
	t.Helper()
	file := Exec(t, replica, "find /var/lib/belt -name '*.crt' ! -name server.crt") // that is the server's own
	Exec(t, replica, `cp -p "$1" /root/right.crt
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=wrong -keyout /dev/null -out "$1" 2>/dev/null`, file)
	return func() { Exec(t, replica, `cp -p /root/right.crt "$1"; rm /root/right.crt`, file) }
}

// leftOnServer is what lies outside of the engine's own folders.
func leftOnServer(t testing.TB, s *lab.Server) []string {
	t.Helper()
	return split(Exec(t, s, `ls -d /var/lib/belt/state/* "/var/lib/belt/$1"-* /var/lib/belt/jobs/* 2>/dev/null || :`, string(s.Kind)))
}

func split(out string) []string {
	return strings.FieldsFunc(out, func(r rune) bool { return r == '\n' })
}

// Systemctl is Server.Systemctl that fails the test.
func Systemctl(t testing.TB, s *lab.Server, verb string) {
	t.Helper()
	if err := s.Systemctl(t.Context(), verb); err != nil {
		t.Fatal(err)
	}
}

// Eventually polls until the condition holds.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("not in two minutes: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
