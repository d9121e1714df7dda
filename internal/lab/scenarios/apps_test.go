//go:build lab

package scenarios

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Between apps: over the external addresses, encrypted, and the primary authenticated.

func TestBetweenApps(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/web1", "shop-eu/db1", "shop-eu/web1")
	eu, euWeb := w.Server("shop-eu", "db1"), w.Server("shop-eu", "web1")
	if w.Ways().OneApp {
		w.refusedBetweenApps()
		return
	}
	w.ownData(eu)
	primaryBefore := labtest.StateOf(t, w.db1)
	inventory := w.readsInventory()
	writer := w.writer()

	enable, disable := []string{"db", "replicate", "enable", shopEU, "--from", shop}, []string{"db", "replicate", "disable", shopEU}
	announced := w.announces(enable)
	w.belt.Do(t, 0, enable...)
	d := w.follows(shop, "db1")
	if r := d.Replicas[0]; r.App != "shop-eu" || r.Address != eu.External.String() {
		t.Errorf("status: %s", &r)
	}
	w.follows(shopEU, "db1")
	w.Encrypted(t, w.db1, eu)
	if got := w.readsInventory(); !strings.Contains(got, "source: "+shop) {
		t.Errorf("belt.yaml has no source:\n%s", got)
	}
	w.variables(w.web1, map[string]string{
		"ADDRESS": w.db1.Internal.String(), "SLAVE_ADDRESSES": eu.External.String(),
		"SLAVE_ADDRESSES_INT": eu.External.String(), "SLAVE_ADDRESSES_EXT": eu.External.String(),
	})
	w.variables(euWeb, map[string]string{
		"ADDRESS": eu.Internal.String(), "ADDRESS_EXT": eu.External.String(), "SLAVE_ADDRESSES": "",
	})
	w.variables(euWeb, w.Variables().Login)
	verified(t, w.belt.Run(t, "db", "replicate", "verify", shopEU, "-o", "json").Want(t, 0), true)
	w.refusedAsAnnounced(announced, labtest.NothingLost(t, writer, w.db1, eu))
	labtest.Same(t, w.db1, eu)

	announced = w.announces(disable)
	writer = w.writer()
	w.belt.Do(t, 0, disable...)
	w.standsAlone(eu)
	w.parted(primaryBefore)
	w.variables(w.web1, map[string]string{"SLAVE_ADDRESSES": ""})
	w.variables(euWeb, map[string]string{"ADDRESS": eu.Internal.String(), "SLAVE_ADDRESSES": ""})
	if got := w.readsInventory(); got != inventory {
		t.Errorf("belt.yaml after disable:\n%s", got)
	}
	w.refusedAsAnnounced(announced, labtest.NothingLost(t, writer, w.db1))
	w.follows(shop)
}

// announces fails the test unless the plan tells of a restart of the primary exactly where the engine needs one for TLS, and
// returns for how many seconds.
func (w *world) announces(args []string) (seconds float64) {
	w.t.Helper()
	p := w.belt.Plan(w.t, 0, args...)
	seconds = p.Estimate.PrimaryUnavailableSeconds
	if (seconds > 0) != w.Ways().TLSRestarts {
		w.t.Errorf("a restart is announced: %.0f s: %s", seconds, p.Ended)
	}
	return seconds
}

// refusedAsAnnounced fails the test where writes were refused without such a restart, were not by it, or for much longer than
// the plan said: that the writer looks for the primary again takes a busy machine some seconds, too.
func (w *world) refusedAsAnnounced(announced float64, writes lab.Writes) {
	w.t.Helper()
	if (writes.Refused > 0) != w.Ways().TLSRestarts {
		w.t.Errorf("writes were refused: %s: %q", writes, writes.Errors)
	}
	if writes.RefusedFor.Seconds() > announced+10 {
		w.t.Errorf("the plan said %.0f s: %s: %q", announced, writes, writes.Errors)
	}
}

// refusedBetweenApps fails the test unless a replica in another app is refused with what to do instead, and nothing is done.
func (w *world) refusedBetweenApps() {
	w.t.Helper()
	eu := w.Server("shop-eu", "db1")
	before, inventory := labtest.StateOf(w.t, w.db1, eu), w.readsInventory()
	r := w.belt.Do(w.t, 3, "db", "replicate", "enable", shopEU, "--from", shop)
	if r.Changed || r.Error == "" || r.Hint == "" {
		w.t.Errorf("want the reason, and what to do instead: %s", r.Ended)
	}
	before.Unchanged(w.t, labtest.StateOf(w.t, w.db1, eu), labtest.Journal)
	if got := w.readsInventory(); got != inventory {
		w.t.Errorf("belt.yaml:\n%s", got)
	}
}
