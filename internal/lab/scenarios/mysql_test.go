//go:build lab

package scenarios

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// What concerns MariaDB and MySQL alone.

// A MariaDB as Debian installs it: no binary log, no certificate, server id 1, and it only listens to itself. One restart,
// announced, and all of it put back by disable.
func TestMariaDBThatHasToRestart(t *testing.T) {
	only(t, lab.MariaDB)
	w := worldOf(t, specWith("shop", "db1", func(s *lab.ServerSpec) { s.Open = false }), 20, "shop/db1", "shop/db2", "shop-eu/db1")
	for name, scene := range map[string]struct {
		replica *lab.Server
		enable  []string
		disable string
		apart   bool
	}{
		"within the app": {w.db2, []string{shop, "--replica", "db2"}, shop, false},
		"between apps":   {w.Server("shop-eu", "db1"), []string{shopEU, "--from", shop}, shopEU, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.on(t)
			before := labtest.StateOf(t, w.db1)
			for _, s := range []*lab.Server{w.db1, scene.replica} {
				if id := labtest.SQL(t, s, "SELECT @@GLOBAL.server_id"); id != "1" {
					t.Fatalf("%s has the server id %s already", s, id)
				}
			}
			enable := append([]string{"db", "replicate", "enable"}, scene.enable...)
			w.restartsOnce(enable)
			writer := w.writer()
			process := w.belt.Start(t, append(enable, "--yes", "-o", "json")...)
			process.AwaitStep("done", "options")
			waitForMore(t, writer)
			refused := writer.Writes()
			if refused.Refused == 0 {
				t.Error("no restart")
			}
			process.Result(0)
			w.follows(scene.enable[0], scene.replica.Name)
			ids := [2]string{labtest.SQL(t, w.db1, "SELECT @@GLOBAL.server_id"), labtest.SQL(t, scene.replica, "SELECT @@GLOBAL.server_id")}
			if ids[0] == "1" || ids[1] == "1" || ids[0] == ids[1] {
				t.Errorf("server ids: %q", ids)
			}
			if scene.apart {
				w.Encrypted(t, w.db1, scene.replica)
			}
			writes := labtest.NothingLost(t, writer, w.db1, scene.replica)
			if writes.Refused != refused.Refused {
				t.Errorf("refused outside of the restart, too: %s, then %s", refused, writes)
			}
			labtest.Same(t, w.db1, scene.replica)
			disable := []string{"db", "replicate", "disable", scene.disable}
			w.restartsOnce(disable)
			w.belt.Do(t, 0, disable...)
			before.Unchanged(t, labtest.StateOf(t, w.db1), labtest.Journal)
			w.standsAlone(scene.replica)
		})
	}
}

// restartsOnce fails the test unless the plan announces a restart of the primary, in one step.
func (w *world) restartsOnce(args []string) {
	w.t.Helper()
	p := w.belt.Plan(w.t, 0, args...)
	announced := 0
	for _, s := range p.Steps {
		if s.ID == "options" && strings.Contains(s.Disrupts, "db1 restarts") {
			announced++
		}
	}
	if announced != 1 || p.Estimate.PrimaryUnavailableSeconds <= 0 {
		w.t.Errorf("%d restarts are announced: %s", announced, p.Ended)
	}
}

// Where CLONE cannot, the copy is a dump, and the plan says why. The primary's GTIDs are off, and are switched on while it
// works.
func TestMySQLByDump(t *testing.T) {
	only(t, lab.MySQL)
	spec := specWith("shop", "db2", func(s *lab.ServerSpec) { s.Settings = "innodb_page_size = 8192\n" })
	for i := range spec.Servers {
		if s := &spec.Servers[i]; s.App == "shop" && s.Name == "db1" {
			s.Settings = "gtid_mode = OFF\nenforce_gtid_consistency = OFF\n"
		}
	}
	w := worldOf(t, spec, 20, "shop/db1", "shop/db2", "shop/web1")
	enable := []string{"db", "replicate", "enable", shop, "--replica", "db2"}
	if r := w.belt.Do(t, 3, enable...); !strings.Contains(r.Error, "1 column of type FLOAT, such as shop.orders.ratio") {
		t.Errorf("a dump is not exact of FLOAT: %s", r.Ended)
	}
	labtest.SQL(t, w.db1, "ALTER TABLE shop.orders MODIFY ratio DOUBLE")
	before := labtest.StateOf(t, w.db1)
	for _, scene := range []struct {
		name, why string
		waits     bool // writes do
		make      func(*testing.T)
	}{
		{"another page size", "db2: a dump of db1, loaded there, because CLONE wants the same innodb_page_size", false, func(*testing.T) {}},
		{"tables without transactions", "because CLONE wants the same innodb_page_size", true, func(t *testing.T) {
			labtest.SQL(t, w.db1, "INSERT INTO shop.notes (note) SELECT CONCAT('Ωμέγα ', n) FROM shop.numbers")
			before = labtest.StateOf(t, w.db1)
		}},
	} {
		t.Run(scene.name, func(t *testing.T) {
			w := w.on(t)
			scene.make(t)
			p := w.belt.Plan(t, 0, enable...)
			if !strings.Contains(strings.Join(p.Notes, "\n"), scene.why) {
				t.Errorf("the plan does not say %q: %q", scene.why, p.Notes)
			}
			waits := false
			for _, s := range p.Steps {
				waits = waits || s.ID == "seed.db2" && strings.Contains(s.Disrupts, "writes on db1 wait")
			}
			if waits != scene.waits || waits != (p.Estimate.PrimaryUnavailableSeconds > 0) {
				t.Errorf("writes wait: %v: %s", waits, p.Ended)
			}
			writer := w.writer()
			w.belt.Do(t, 0, enable...)
			w.follows(shop, "db2")
			verified(t, w.belt.Run(t, "db", "replicate", "verify", shop, "-o", "json").Want(t, 0), true)
			w.proven(writer, w.db2)
			if healthy := w.belt.Do(t, 0, resync...); healthy.Changed {
				t.Errorf("%s", healthy.Ended)
			}
			w.belt.Do(t, 0, "db", "replicate", "disable", shop)
			before.Unchanged(t, labtest.StateOf(t, w.db1), labtest.Journal)
			w.standsAlone(w.db2)
		})
	}
}

// A MySQL of which others have made something: without TLS, with another collation, and with options by SET PERSIST. What is
// the server's own is kept, and what would win over Belt's options is refused.
func TestMySQLAsFound(t *testing.T) {
	only(t, lab.MySQL)
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	for i := range spec.Servers {
		if spec.Servers[i].Kind != lab.MySQL {
			continue
		}
		spec.Servers[i].Settings = "tls_version =\n"
		if spec.Servers[i].Name == "db2" {
			spec.Servers[i].Settings += "character_set_server = latin1\ncollation_server = latin1_german1_ci\n"
		}
	}
	w := worldOf(t, spec, 20, "shop/db1", "shop/db2", "shop/web1", "shop-eu/db1")
	enable := []string{"db", "replicate", "enable", shop, "--replica", "db2"}
	labtest.SQL(t, w.db2, "SET PERSIST max_connections = 77; SET PERSIST read_only = OFF")
	if r := w.belt.Do(t, 3, enable...); !strings.Contains(r.Error, `read_only is "OFF", set by SET PERSIST`) {
		t.Errorf("%s", r.Ended)
	}
	labtest.SQL(t, w.db2, "RESET PERSIST read_only")
	const keys = "cat /var/lib/mysql/*.pem | sha256sum"
	own := labtest.Exec(t, w.db2, keys)
	before := labtest.StateOf(t, w.db1)

	writer := labtest.Writer(t, w.db1, lab.WriterOptions{}) // over the network its client would want the server's key
	w.belt.Do(t, 0, enable...)
	w.follows(shop, "db2")
	if link := vertical(t, w.db2); !strings.Contains(link, "Source_SSL_Allowed: No") || !strings.Contains(link, "Get_Source_public_key: 1") {
		t.Errorf("%s", link)
	}
	if now := labtest.SQL(t, w.db2, "SELECT @@max_connections, @@collation_server"); now != "77\tlatin1_german1_ci" || labtest.Exec(t, w.db2, keys) != own {
		t.Errorf("what was db2's own is not: %s", now)
	}
	verified(t, w.belt.Run(t, "db", "replicate", "verify", shop, "-o", "json").Want(t, 0), true)

	labtest.SQL(t, w.db2, "SET GLOBAL super_read_only = OFF; SET SESSION sql_log_bin = 0; UNINSTALL PLUGIN clone; SET GLOBAL super_read_only = ON")
	w.Diverge(t, w.db1, w.db2)
	w.belt.Do(t, 0, resync...)
	w.proven(writer, w.db2)
	w.belt.Do(t, 0, "db", "replicate", "disable", shop)
	before.Unchanged(t, labtest.StateOf(t, w.db1), labtest.Journal)
	labtest.SQL(t, w.db2, "RESET PERSIST max_connections")
	w.standsAlone(w.db2)
	if r := w.belt.Do(t, 3, "db", "replicate", "enable", shopEU, "--from", shop); !strings.Contains(r.Error, "no TLS") {
		t.Errorf("between apps: %s", r.Ended)
	}
}

// vertical is what a replica says of its connection.
func vertical(t *testing.T, s *lab.Server) string {
	t.Helper()
	return labtest.Exec(t, s, "mysql --batch --vertical --column-names -e 'SHOW REPLICA STATUS'")
}
