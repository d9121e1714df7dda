package labtest

import (
	"strings"
	"testing"

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

func (postgresql) LongSteps() []string {
	return []string{"settings", "role.db2", "hba.db2", "seed.db2", "seed.db2", "swap.db2", "swap.db2", "start.db2"}
}

func (postgresql) Parted(testing.TB, *lab.Server) ([]string, bool) { return nil, true }

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
