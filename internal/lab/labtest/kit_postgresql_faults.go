package labtest

import (
	"testing"

	"github.com/dbbelt/belt/internal/lab"
)

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
