//go:build lab

package scenarios

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// A primary as Debian installs it, which only listens to itself: one restart, announced, and put back by disable. With it
// the settings that a standby must not have lower, and a tablespace.

func TestPrimaryThatHasToRestart(t *testing.T) {
	only(t, lab.PostgreSQL)
	spec := specWith("shop", "db1", func(s *lab.ServerSpec) {
		s.Open = false
		s.Settings = "max_connections = 230\nmax_locks_per_transaction = 100\nssl = off\n"
	})
	w := worldOf(t, spec, 20, "shop/db1", "shop/db2", "shop-eu/db1")
	eu := w.Server("shop-eu", "db1")
	labtest.Exec(t, w.db1, `install -d -o postgres -g postgres -m 700 /srv/space`)
	labtest.PSQL(t, w.db1, "CREATE TABLESPACE extra LOCATION '/srv/space'")
	labtest.PSQLIn(t, w.db1, "shop", "CREATE TABLE spaced TABLESPACE extra AS SELECT generate_series(1, 5000) AS id")
	before := labtest.StateOf(t, w.db1)

	t.Run("within the app", func(t *testing.T) {
		w := w.on(t)
		enable := []string{"db", "replicate", "enable", shop, "--replica", "db2"}
		p := w.belt.Plan(t, 0, enable...)
		announced := false
		for _, s := range p.Steps {
			announced = announced || s.ID == "settings" && strings.Contains(s.Disrupts, "db1 restarts")
		}
		if !announced || p.Estimate.PrimaryUnavailableSeconds <= 0 {
			t.Errorf("the restart is not announced: %s", p.Ended)
		}
		writer := w.writer()
		process := w.belt.Start(t, append(enable, "--yes", "-o", "json")...)
		process.AwaitStep("done", "settings")
		waitForMore(t, writer)
		refused := writer.Writes()
		if refused.Refused == 0 {
			t.Error("no restart")
		}
		process.Result(0)
		w.follows(shop, "db2")
		if got := labtest.PSQL(t, w.db2, "SELECT current_setting('max_connections'), current_setting('max_locks_per_transaction')"); got != "230|100" {
			t.Errorf("the replica's limits: %s", got)
		}
		writes := labtest.NothingLost(t, writer, w.db1, w.db2)
		if writes.Refused != refused.Refused {
			t.Errorf("refused outside of the restart, too: %s, then %s", refused, writes)
		}
		labtest.Same(t, w.db1, w.db2)
		if rows := labtest.PSQLIn(t, w.db2, "shop", "SELECT count(*) FROM spaced"); rows != "5000" {
			t.Errorf("the tablespace: %s rows", rows)
		}
		p = w.belt.Plan(t, 0, "db", "replicate", "disable", shop)
		if p.Estimate.PrimaryUnavailableSeconds <= 0 {
			t.Errorf("the restart is not announced: %s", p.Ended)
		}
		w.belt.Do(t, 0, "db", "replicate", "disable", shop)
		before.Unchanged(t, labtest.StateOf(t, w.db1), labtest.Journal)
		w.standsAlone(w.db2)
		if rows := labtest.PSQLIn(t, w.db2, "shop", "SELECT count(*) FROM spaced"); rows != "5000" {
			t.Errorf("the tablespace after disable: %s rows", rows)
		}
	})

	t.Run("between apps, without a certificate", func(t *testing.T) {
		w := w.on(t)
		w.belt.Do(t, 0, "db", "replicate", "enable", shopEU, "--from", shop)
		w.follows(shopEU, "db1")
		w.Encrypted(t, w.db1, eu)
		labtest.Same(t, w.db1, eu)
		w.belt.Do(t, 0, "db", "replicate", "disable", shopEU)
		before.Unchanged(t, labtest.StateOf(t, w.db1), labtest.Journal)
		w.standsAlone(eu)
	})
}
