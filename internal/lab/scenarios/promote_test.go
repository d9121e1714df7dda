//go:build lab

package scenarios

import (
	"context"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// appWriter writes to db1 and, where that refuses, to another server, as an application does that has been given another
// primary.
func (w *world) appWriter(or *lab.Server) *lab.Writer {
	w.t.Helper()
	return labtest.Writer(w.t, w.db1, lab.WriterOptions{From: w.web1, Or: or})
}

// leads fails the test unless the server is the primary, and exactly these replicas stream from it.
func (w *world) leads(target string, primary *lab.Server, replicas ...string) {
	w.t.Helper()
	if d := w.follows(target, replicas...); d.Primary.App != primary.App || d.Primary.Server != primary.Name {
		w.t.Errorf("the primary is %s/%s, not %s", d.Primary.App, d.Primary.Server, primary)
	}
}

// Under writes: none that was acknowledged is lost, everybody follows, and the way back works as well.
func TestPromote(t *testing.T) {
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	spec.Servers = append(spec.Servers, lab.ServerSpec{App: "shop", Name: "db3", Kind: labtest.Engine(), Open: true})
	w := worldOf(t, spec, 30, "shop/db1", "shop/db2", "shop/db3", "shop/web1")
	db3 := w.Server("shop", "db3")
	w.enable("--replica", "db2", "--replica", "db3")

	writer := w.appWriter(w.db2)
	r := w.belt.Do(t, 0, "db", "promote", shop, "--replica", "db2")
	w.leads(shop, w.db2, "db1", "db3")
	w.variables(w.web1, map[string]string{
		"ADDRESS": w.db2.Internal.String(), "SLAVE_ADDRESSES": w.db1.Internal.String() + "," + db3.Internal.String(),
	})
	if inventory := w.readsInventory(); !strings.Contains(inventory, "servers: [db2, db1, db3]") {
		t.Errorf("belt.yaml:\n%s", inventory)
	}
	writes := labtest.NothingLost(t, writer, w.db2, w.db1, db3)
	t.Logf("no primary took writes for %.2f s; the writer was refused for %.2f s: %s", r.PrimaryUnavailableSeconds, writes.RefusedFor.Seconds(), writes)
	if gap := r.PrimaryUnavailableSeconds; gap <= 0 || gap > 30 {
		t.Errorf("no primary for %.1f s", gap)
	}
	labtest.Same(t, w.db2, w.db1, db3)
	verified(t, w.belt.Run(t, "db", "replicate", "verify", shop, "-o", "json").Want(t, 0), true)
	w.sameVariables()
	if again := w.belt.Do(t, 0, "db", "promote", shop, "--replica", "db2"); again.Changed {
		t.Errorf("again: %s", again.Ended)
	}

	writer = labtest.Writer(t, w.db2, lab.WriterOptions{From: w.web1, Or: w.db1})
	w.belt.Do(t, 0, "db", "promote", shop, "--replica", "db1")
	w.leads(shop, w.db1, "db2", "db3")
	labtest.NothingLost(t, writer, w.db1, w.db2, db3)
	labtest.Same(t, w.db1, w.db2, db3)
	w.belt.Do(t, 0, "db", "replicate", "disable", shop)
	w.standsAlone(w.db2)
	w.standsAlone(db3)
}

// The primary's server is gone at once. It comes back taking writes, is named, and becomes a replica.
func TestPromoteWithoutThePrimary(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	w.enable("--replica", "db2")
	writer := w.writer()
	w.belt.Do(t, 3, "db", "promote", shop, "--replica", "db2", "--primary-lost") // it lives
	ctx := context.WithoutCancel(t.Context())
	if err := w.db1.Kill(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("writer: %s", writer.Stop())
	w.belt.Do(t, 8, "db", "promote", shop, "--replica", "db2")

	r := w.belt.Do(t, 0, "db", "promote", shop, "--replica", "db2", "--primary-lost")
	t.Logf("%s", r.Ended)
	w.Written(t, w.db2)
	w.variables(w.web1, map[string]string{"ADDRESS": w.db2.Internal.String(), "SLAVE_ADDRESSES": ""})
	writer = labtest.Writer(t, w.db2, lab.WriterOptions{From: w.web1})

	if err := w.db1.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if w.Ways().Rejoins {
		labtest.Eventually(t, "the old primary is a replica", func() bool {
			r := w.belt.Status(t, shop).Database(t, shop).Replica("db1")
			return r != nil && r.State == "streaming"
		})
	} else {
		s := w.belt.Status(t, shop, 6)
		if d := s.Database(t, shop); d.Primary.Server != "db2" || d.Replica("db1") == nil || d.Replica("db1").Fix == "" {
			t.Errorf("the old primary is back: %s", s.Ended)
		}
	}
	w.belt.Do(t, 0, "db", "replicate", "resync", shop, "--replica", "db1")
	w.leads(shop, w.db2, "db1")
	labtest.NothingLost(t, writer, w.db2, w.db1)
	labtest.Same(t, w.db2, w.db1)
}

// The primary's database is gone, and its server is there: what is lost is counted, and it is fenced.
func TestPromoteFences(t *testing.T) {
	only(t, lab.PostgreSQL)
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	w.enable("--replica", "db2")
	w.crashed(w.db1)
	r := w.belt.Run(t, "db", "promote", shop, "--replica", "db2", "--primary-lost", "--dry-run").Want(t, 0)
	t.Logf("%s", r)
	w.belt.Do(t, 0, "db", "promote", shop, "--replica", "db2", "--primary-lost")
	writer := labtest.Writer(t, w.db2, lab.WriterOptions{From: w.web1})
	if err := w.db1.Restart(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	s := w.belt.Status(t, shop, 6)
	if d := s.Database(t, shop); d.Primary.Server != "db2" || d.Replica("db1") == nil || d.Replica("db1").Writable || d.Replica("db1").Fix == "" {
		t.Errorf("the old primary is back: %s", s.Ended)
	}
	w.belt.Do(t, 0, "db", "replicate", "resync", shop, "--replica", "db1")
	w.leads(shop, w.db2, "db1")
	labtest.NothingLost(t, writer, w.db2, w.db1)
	labtest.Same(t, w.db2, w.db1)
}

// A move between apps under writes: the other app's replica becomes the primary, and the sources turn round.
func TestPromoteBetweenApps(t *testing.T) {
	promotedBetweenApps(t, newWorld(t, 30, "shop/db1", "shop/web1", "shop-eu/db1", "shop-eu/web1"))
}

// The same where neither server has a certificate, a binary log or an open port, as Debian installs MariaDB.
func TestPromoteBetweenAppsAsInstalled(t *testing.T) {
	only(t, lab.MariaDB)
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	for i := range spec.Servers {
		if s := &spec.Servers[i]; s.Name == "db1" {
			s.Open = false
		}
	}
	promotedBetweenApps(t, worldOf(t, spec, 30, "shop/db1", "shop/web1", "shop-eu/db1", "shop-eu/web1"))
}

func promotedBetweenApps(t *testing.T, w *world) {
	t.Helper()
	eu, euWeb := w.Server("shop-eu", "db1"), w.Server("shop-eu", "web1")
	w.belt.Do(t, 0, "db", "replicate", "enable", shopEU, "--from", shop)
	writer := labtest.Writer(t, w.db1, lab.WriterOptions{Or: eu})
	r := w.belt.Do(t, 0, "db", "promote", shopEU, "--replica", "db1")
	t.Logf("no primary took writes for %.2f s", r.PrimaryUnavailableSeconds)
	w.leads(shopEU, eu, "db1")
	w.leads(shop, eu, "db1")
	w.Encrypted(t, eu, w.db1)
	inventory := w.readsInventory()
	if strings.Contains(inventory, "source: "+shop+"\n") || !strings.Contains(inventory, "source: "+shopEU) {
		t.Errorf("belt.yaml:\n%s", inventory)
	}
	w.variables(euWeb, map[string]string{"ADDRESS": eu.Internal.String(), "SLAVE_ADDRESSES": w.db1.External.String()})
	w.variables(euWeb, w.Variables().Login)
	w.variables(w.web1, map[string]string{"ADDRESS": w.db1.Internal.String(), "SLAVE_ADDRESSES": ""})
	labtest.NothingLost(t, writer, eu, w.db1)
	labtest.Same(t, eu, w.db1)

	// Of both parts that either has had, nothing is left.
	w.belt.Do(t, 0, "db", "replicate", "disable", shop)
	w.standsAlone(w.db1)
	w.standsAlone(eu)
}

// crashed kills PostgreSQL on a server, whose unit does not start it again.
func (w *world) crashed(s *lab.Server) {
	w.t.Helper()
	labtest.Exec(w.t, s, "kill -KILL $(cat /var/lib/postgresql/*/main/postmaster.pid | head -n 1)")
	labtest.Eventually(w.t, "PostgreSQL is down", func() bool {
		return strings.TrimSpace(labtest.Exec(w.t, s, "pgrep -c -x postgres || true")) == "0"
	})
}

// Killed at each of its steps, where each run takes up what the one before left: no acknowledged write is lost, and status
// names what is not finished.
func TestPromoteKilledAtEveryStep(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	w.enable("--replica", "db2")
	writer := w.appWriter(w.db2)
	command := []string{"db", "promote", shop, "--replica", "db2"}
	steps := w.belt.Plan(t, 0, command...).StepIDs()
	kills := 0
	for next := 0; next < len(steps); next++ {
		at := w.crashFrom(steps[next:], 0, command...)
		if at < 0 {
			break
		}
		next += at
		kills++
		if s := w.belt.Status(t, shop, 0, 6); next > 0 && steps[next] != "inventory" && len(s.Database(t, shop).Leftovers) == 0 {
			t.Errorf("killed at %s, status tells nothing: %s", steps[next], s.Ended)
		}
	}
	if kills < len(steps)/2 {
		t.Errorf("killed at %d of %d steps only: %q", kills, len(steps), steps)
	}
	w.belt.Do(t, 0, command...)
	w.leads(shop, w.db2, "db1")
	w.sameVariables()
	writes := labtest.NothingLost(t, writer, w.db2, w.db1)
	t.Logf("killed %d times: %s", kills, writes)
	labtest.Same(t, w.db2, w.db1)
}
