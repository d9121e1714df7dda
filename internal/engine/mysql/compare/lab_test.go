//go:build lab

package compare_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/engine/mysql/client"
	"github.com/dbbelt/belt/internal/engine/mysql/compare"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed testdata/everything.sql
	everything string
	//go:embed testdata/mariadb.sql
	onlyMariaDB string
	//go:embed testdata/mysql.sql
	onlyMySQL string
	//go:embed testdata/tamper.sql
	tamper string
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }

const settings = `log_bin = binlog
binlog_format = ROW
event_scheduler = OFF
`

// flavour is what the two products do in their own words.
type flavour struct {
	settings, follow, stop, start, only string
	tables                              int64
	also                                []string // what the tampering differs in, beside what both have
}

var flavours = map[lab.Kind]flavour{
	lab.MariaDB: {
		follow: "CHANGE MASTER TO MASTER_HOST = '%s', MASTER_USER = 'follower', MASTER_PASSWORD = 'secret', MASTER_USE_GTID = slave_pos; START SLAVE",
		stop:   "STOP SLAVE", start: "START SLAVE", only: onlyMariaDB, tables: 21,
		also: []string{"zoo.aria: row id=1 differs in v", "zoo.nets: row a=::1 differs in packed"},
	},
	lab.MySQL: {
		settings: "gtid_mode = ON\nenforce_gtid_consistency = ON\nmysqlx = OFF\n",
		// The package's own account is in the primary's binary log, too.
		follow: "SET sql_log_bin = 0; DROP USER 'debian-sys-maint'@localhost; SET sql_log_bin = 1; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_USER = 'follower', SOURCE_PASSWORD = 'secret', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA",
		stop:   "STOP REPLICA", start: "START REPLICA", only: onlyMySQL, tables: 19,
		also: []string{"zoo.docs: row id=1 differs in j", "zoo.invisible_key: row my_row_id=1 differs in b"},
	},
}

// world is a primary and a replica of it.
type world struct {
	*testing.T
	flavour
	db1, db2 *lab.Server
	servers  map[*lab.Server]compare.Server
}

func newWorld(t *testing.T) *world {
	kind := labtest.Engine()
	f, known := flavours[kind]
	if !known {
		t.Skipf("%s is none of MariaDB and MySQL: BELT_LAB_ENGINE=mariadb", kind)
	}
	var specs []lab.ServerSpec
	for i, name := range []string{"db1", "db2"} {
		specs = append(specs, lab.ServerSpec{App: "shop", Name: name, Kind: kind, Open: true,
			Settings: settings + f.settings + fmt.Sprintf("server_id = %d\n", i+1)})
	}
	l := labtest.FreshSpec(t, lab.Spec{Name: labtest.Name(), Suite: labtest.Suite(), Dir: labtest.Dir(), Servers: specs})
	pool := sshrun.New(sshrun.Options{ConfigFile: "none", SSH: "none", Agent: "none"})
	t.Cleanup(func() { pool.Close() })
	w := &world{T: t, flavour: f, db1: l.Server("shop", "db1"), db2: l.Server("shop", "db2"), servers: map[*lab.Server]compare.Server{}}
	for _, server := range []*lab.Server{w.db1, w.db2} {
		runner := pool.Runner(sshrun.Target{Label: server.Name, Host: server.External.String(), User: "deploy", IdentityFile: l.Identity(), KnownHosts: l.KnownHosts()})
		place := client.Place{Client: string(kind), Socket: "/run/mysqld/mysqld.sock"}
		w.servers[server] = compare.Server{Name: server.Name, Open: func(ctx context.Context) (compare.Session, error) {
			return client.Open(ctx, runner, place)
		}}
	}
	w.sql(w.db1, "CREATE USER follower@'%' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO follower@'%'")
	w.sql(w.db2, fmt.Sprintf(f.follow, w.db1.Internal))
	w.sql(w.db1, everything)
	w.sql(w.db1, f.only)
	return w
}

func (w *world) sql(s *lab.Server, statements string) {
	w.Helper()
	if _, err := s.SQL(context.WithoutCancel(w.Context()), statements); err != nil {
		w.Fatal(err)
	}
}

func (w *world) verify(opts replication.VerifyOptions) (replication.Verification, error) {
	w.Helper()
	begun := time.Now()
	v, err := compare.Run(w.Context(), w.servers[w.db1], w.servers[w.db2], opts, nil)
	w.Logf("%d tables, %d rows in %.1f s: equal %v, skipped %q", v.Tables, v.Rows, time.Since(begun).Seconds(), v.Equal, v.Skipped)
	return v, err
}

// equal wants no difference.
func (w *world) equal() replication.Verification {
	w.Helper()
	v, err := w.verify(replication.VerifyOptions{ChunkBytes: 256 << 10})
	if err != nil {
		w.Fatal(err)
	}
	if !v.Equal {
		w.Errorf("differences: %s", lines(v))
	}
	return v
}

func lines(v replication.Verification) string {
	var out strings.Builder
	for _, d := range v.Differences {
		fmt.Fprintf(&out, "\n%s: %s", d.Object, d.Detail)
	}
	return out.String()
}

// TestRealServers compares a real replica: a true copy, one under a storm of changes, one that was tampered with in every
// table, and one that lags or does not replicate.
func TestRealServers(t *testing.T) {
	w := newWorld(t)
	t.Run("a true copy", func(t *testing.T) {
		w.T = t
		if v := w.equal(); v.Tables != w.tables || v.Rows < 32_000 || len(v.Skipped) != 0 {
			t.Errorf("want %d tables: %+v", w.tables, v)
		}
	})
	t.Run("a true copy while everything changes", func(t *testing.T) {
		w.T = t
		ctx, stop := context.WithCancel(t.Context())
		storm := make(chan error, 3)
		for i := range 3 {
			go func() { storm <- w.storm(ctx, i) }()
		}
		for range 3 {
			w.equal()
		}
		stop()
		for range 3 {
			if err := <-storm; err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("a replica that lags", func(t *testing.T) {
		w.T = t
		w.sql(w.db1, "UPDATE big.rows_ SET g = g + 1 WHERE id < 100")
		w.equal()
		held := make(chan error, 1)
		go func() {
			_, err := w.db2.SQL(context.WithoutCancel(t.Context()), "LOCK TABLES big.rows_ WRITE; SELECT SLEEP(15)")
			held <- err
		}()
		w.until("the table is locked", func() bool {
			out, err := w.db2.SQL(t.Context(), "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'")
			return err == nil && strings.TrimSpace(out) == "1"
		})
		w.sql(w.db1, "UPDATE big.rows_ SET g = g + 1 WHERE id < 100")
		if v, err := w.verify(replication.VerifyOptions{Patience: 3 * time.Second}); !errors.Is(err, compare.ErrLag) || v.Equal {
			t.Errorf("got %v, equal %v", err, v.Equal)
		}
		if err := <-held; err != nil {
			t.Error(err)
		}
		w.equal()
	})
	t.Run("tampered with", func(t *testing.T) {
		w.T = t
		w.sql(w.db2, "SET sql_log_bin = 0; SET foreign_key_checks = 0; SET sql_mode = '';\n"+tamper)
		wanted := []string{
			"zoo.numbers: row id=1 differs in f",
			"zoo.numbers: row id=4 differs in b64",
			"zoo.dates: row (at='2026-02-03 04:05:06.789012', n=1) differs in zone",
			"zoo.dates: row (at='0000-00-00 00:00:00.000000', n=2) is missing on db2",
			"zoo.words: row (w=Größe, l=0xE4, e=1) is missing on db2",
			"zoo.words: row (w=größe, l=0xE4, e=1) is on db2 only",
			"zoo.cities: row name=0xCCEEF1EAE2E0 differs in g",
			"zoo.blobs: row id=0x00112233445566778899AABBCCDDEEFF differs in b",
			"zoo.places: row id=1 differs in g",
			"zoo.parted: row (id=9, y=2030) is on db2 only",
			"zoo.heap: a row with (a=1, b=x): it is there 2 times on db1 and 3 times on db2, which differs",
			"zoo.heap: a row with (a='', b=y) is missing on db2",
			"zoo.maybe: a row with (k=1, v=2) is missing on db2",
			"zoo.maybe: a row with (k=1, v=3) is on db2 only",
			"zoo.uniq: row (c=257, b=-0.5, a=1) differs in v",
			"zoo.isam: row id=2 differs in v",
			"zoo.prefixed: a row with (t=two, n=3) is on db2 only",
			"zoo.empty_one: row id=1 is on db2 only",
			"zoo.we`ird \"na'me: row c`1=1 differs in select",
			"zoo.child: the table itself is missing on db2",
			"zoo.extra: the table itself is on db2 only",
			"big.rows_: row id=20002 differs in filler",
			"big.rows_: row id=20000 is missing on db2",
			"zoo.seen: the view itself is defined in another way on db2",
			"zoo: routine procedure bump is missing on db2",
			"zoo: routine function twice is defined in another way on db2",
			"zoo: event nightly is missing on db2",
			"zoo: trigger before_child is missing on db2",
			"zoo.parent: index again 1 is on db2 only",
		}
		v, err := w.verify(replication.VerifyOptions{ChunkBytes: 256 << 10})
		if err != nil {
			t.Fatal(err)
		}
		text := lines(v)
		for _, want := range append(wanted, w.also...) {
			if !strings.Contains(text, want) {
				t.Errorf("%s is not told", want)
			}
		}
		if t.Failed() {
			t.Log(text)
		}
	})
	t.Run("a replica that does not replicate", func(t *testing.T) {
		w.T = t
		w.sql(w.db2, w.stop)
		w.sql(w.db1, "INSERT INTO zoo.isam VALUES (3, 'three')")
		v, err := w.verify(replication.VerifyOptions{})
		if err != nil || !strings.Contains(lines(v), "zoo.isam: row id=3 is missing on db2") {
			t.Errorf("%v: %s", err, lines(v))
		}
	})
}

// storm changes rows, one statement after the other.
func (w *world) storm(ctx context.Context, lane int) error {
	for i := 0; ctx.Err() == nil; i++ {
		n := (i*7919+lane*104729)%30000 + 1
		_, err := w.db1.SQL(context.WithoutCancel(ctx), fmt.Sprintf(`
UPDATE big.rows_ SET filler = SHA2(%[1]d, 224), g = g + 1 WHERE id BETWEEN %[1]d AND %[1]d + 20;
DELETE FROM big.rows_ WHERE id = %[1]d + 30;
INSERT IGNORE INTO big.rows_ (id, g, filler) VALUES (%[1]d + 30, %[1]d, 'again');
INSERT INTO big.rows_ (g, filler) VALUES (%[1]d, 'new');
UPDATE zoo.numbers SET d = d + 0.1, f = f * 1.1, ti = 1 WHERE id = 2 + %[2]d;
INSERT INTO zoo.heap VALUES (%[1]d, 'z'); DELETE FROM zoo.heap WHERE a > 1000 LIMIT 1;
UPDATE zoo.isam SET v = '%[1]d' WHERE id = 1;
UPDATE zoo.blobs SET t = CONCAT(t, 'x') WHERE tiny IS NULL;
CREATE TABLE IF NOT EXISTS zoo.passing_%[2]d (id INT PRIMARY KEY); INSERT IGNORE INTO zoo.passing_%[2]d VALUES (1); DROP TABLE zoo.passing_%[2]d;`, n, lane))
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *world) until(what string, ok func() bool) {
	w.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("%s: not within 30 s", what)
		}
	}
}
