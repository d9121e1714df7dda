//go:build lab

package scenarios

import (
	"os"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

var shopAP = "shop-ap/" + string(labtest.Engine())

// cascade is a world of three apps: shop, shop-eu, and shop-ap, whose server is to replicate from that of shop-eu.
type cascade struct {
	*world
	eu, ap, euWeb *lab.Server
}

func newCascade(t *testing.T) cascade {
	t.Helper()
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	spec.Servers = append(spec.Servers, lab.ServerSpec{App: "shop-ap", Name: "db1", Kind: labtest.Engine(), Open: true})
	w := worldOf(t, spec, 30, "shop/db1", "shop/web1", "shop-eu/db1", "shop-eu/web1", "shop-ap/db1")
	return cascade{w, w.Server("shop-eu", "db1"), w.Server("shop-ap", "db1"), w.Server("shop-eu", "web1")}
}

// stands fails the test unless the primary has these replicas, and each of them the source given, as "shop-eu/db1 < shop/db1".
func (c cascade) stands(primary *lab.Server, replicas ...string) {
	c.t.Helper()
	s := c.belt.Status(c.t, shop, 0)
	d := s.Database(c.t, shop)
	var found []string
	for _, r := range d.Replicas {
		found = append(found, r.App+"/"+r.Server+" < "+r.Source)
		if r.State != "streaming" || r.LagBytes == nil || r.LagSeconds == nil {
			c.t.Errorf("%s", &r)
		}
	}
	if strings.Join(found, ", ") != strings.Join(replicas, ", ") || d.Primary.App != primary.App || len(d.Leftovers)+len(d.Problems) > 0 {
		c.t.Errorf("want %s with %q: %s", primary, replicas, s.Ended)
	}
}

// refused fails the test unless the command is refused for the reason, and with what to do instead: by the file alone (2), or
// by what was seen on the servers (3).
func (c cascade) refused(code int, reason string, args ...string) {
	c.t.Helper()
	if r := c.belt.Do(c.t, code, args...); r.Changed || !strings.Contains(r.Error, reason) || r.Hint == "" {
		c.t.Errorf("want it to be refused because of %q: %s", reason, r.Ended)
	}
}

// equal stops the writer, and fails the test where a replica is not what the primary is.
func (c cascade) equal(writer *lab.Writer, primary *lab.Server, replicas ...*lab.Server) {
	c.t.Helper()
	labtest.NothingLost(c.t, writer, primary, replicas...)
	labtest.Same(c.t, primary, replicas...)
	c.belt.Run(c.t, "db", "replicate", "wait", shop, "--timeout", "1m").Want(c.t, 0)
}

// A replica of a replica, through its whole life.
func TestChain(t *testing.T) {
	if labtest.KitOf(labtest.Engine()).Ways().OneApp {
		t.Skip("there are no replicas in another app")
	}
	c := newCascade(t)
	eu, ap := c.eu, c.ap
	c.ownData(ap)
	c.belt.Do(t, 0, "db", "replicate", "enable", shopEU, "--from", shop)
	before, inventory := labtest.StateOf(t, c.db1, eu), c.readsInventory()
	enable := []string{"db", "replicate", "enable", shopAP, "--from", shopEU}

	writer := c.writer()
	c.belt.Do(t, 0, enable...)
	c.stands(c.db1, "shop-eu/db1 < shop/db1", "shop-ap/db1 < shop-eu/db1")
	c.Encrypted(t, eu, ap)
	if got := c.readsInventory(); !strings.Contains(got, "source: "+shopEU) {
		t.Errorf("belt.yaml has no source:\n%s", got)
	}
	c.variables(c.web1, map[string]string{"ADDRESS": c.db1.Internal.String(), "SLAVE_ADDRESSES": eu.External.String()})
	c.variables(c.euWeb, map[string]string{"ADDRESS": eu.Internal.String(), "SLAVE_ADDRESSES": ap.External.String()})
	verified(t, c.belt.Run(t, "db", "replicate", "verify", shopAP, "-o", "json").Want(t, 0), true)
	writes := labtest.NothingLost(t, writer, c.db1, eu, ap)
	if writes.Refused > 0 {
		t.Errorf("writes were refused: %s: %q", writes, writes.Errors)
	}
	labtest.Same(t, c.db1, eu, ap)
	if again := c.belt.Do(t, 0, enable...); again.Changed {
		t.Errorf("again: %s", again.Ended)
	}

	t.Run("refused", func(t *testing.T) {
		c := c.on(t)
		c.refused(2, "in a circle", "db", "replicate", "enable", shop, "--from", shopAP)
		c.refused(3, "shop-ap/db1 replicates from", "db", "replicate", "disable", shopEU)
		c.refused(3, "itself a replica", "db", "promote", shopAP, "--replica", "db1")
		// The servers know of the chain, even where belt.yaml does not.
		whole := c.readsInventory()
		for _, source := range []string{shop, shopEU} {
			c.amend("source: "+source, "# no source")
		}
		c.refused(3, "in a circle", "db", "replicate", "enable", shop, "--from", shopAP)
		c.puts(whole)
	})

	t.Run("a stopped middle", func(t *testing.T) {
		c := c.on(t)
		writer := c.writer()
		labtest.Systemctl(t, eu, "stop")
		s := c.belt.Status(t, shopAP, 6)
		for _, r := range s.Database(t, shopAP).Replicas {
			if r.State == "streaming" || r.LagBytes != nil || r.Problem == "" {
				t.Errorf("%s", &r)
			}
		}
		labtest.Systemctl(t, eu, "start")
		c.equal(writer, c.db1, eu, ap)
	})

	t.Run("disable", func(t *testing.T) {
		c := c.on(t)
		c.belt.Do(t, 0, "db", "replicate", "disable", shopAP)
		c.standsAlone(ap)
		c.stands(c.db1, "shop-eu/db1 < shop/db1")
		before.Unchanged(t, labtest.StateOf(t, c.db1, eu), labtest.Journal)
		if got := c.readsInventory(); got != inventory {
			t.Errorf("belt.yaml after disable:\n%s", got)
		}
		c.variables(c.euWeb, map[string]string{"SLAVE_ADDRESSES": ""})
	})

	t.Run("resync", func(t *testing.T) {
		c := c.on(t)
		c.belt.Do(t, 0, enable...)
		writer := c.writer()
		labtest.Systemctl(t, ap, "stop")
		c.belt.Do(t, 0, "db", "replicate", "resync", shopAP)
		c.Diverge(t, c.db1, ap)
		c.belt.Do(t, 0, "db", "replicate", "resync", shopAP)
		if c.Strayed(t, ap) {
			t.Error("it kept what it had written by itself")
		}
		c.equal(writer, c.db1, eu, ap)
		writer = c.writer()
		c.belt.Do(t, 0, "db", "replicate", "resync", shopEU, "--method", "full")
		c.belt.Do(t, 0, "db", "replicate", "resync", shopAP)
		c.equal(writer, c.db1, eu, ap)
		c.stands(c.db1, "shop-eu/db1 < shop/db1", "shop-ap/db1 < shop-eu/db1")
	})

	t.Run("promote", func(t *testing.T) {
		c := c.on(t)
		writer := labtest.Writer(t, c.db1, lab.WriterOptions{Or: eu})
		c.belt.Do(t, 0, "db", "promote", shopEU, "--replica", "db1")
		c.stands(eu, "shop/db1 < shop-eu/db1", "shop-ap/db1 < shop-eu/db1")
		c.equal(writer, eu, c.db1, ap)
		c.belt.Do(t, 0, "db", "promote", shopEU, "--replica", "shop/db1")
		c.stands(c.db1, "shop-eu/db1 < shop/db1", "shop-ap/db1 < shop/db1")

		// Behind shop-eu again, without a copy.
		text := c.readsInventory()
		at := strings.LastIndex(text, "source: "+shop)
		c.puts(text[:at] + "source: " + shopEU + text[at+len("source: "+shop):])
		writer = c.writer()
		r := c.belt.Do(t, 0, "db", "replicate", "resync", shopAP)
		if s := r.Step(c.Ways().Copy); s.ID != "" {
			t.Errorf("it was copied: %s", r.Ended)
		}
		c.stands(c.db1, "shop-eu/db1 < shop/db1", "shop-ap/db1 < shop-eu/db1")
		c.equal(writer, c.db1, eu, ap)
		c.sameVariables()
		c.belt.Run(t, "env", "diff", "shop-eu").Want(t, 0)
	})
}

// puts makes the text that of belt.yaml.
func (c cascade) puts(text string) {
	c.t.Helper()
	if err := os.WriteFile(c.Inventory(), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// on is the cascade at the hands of a subtest.
func (c cascade) on(t *testing.T) cascade {
	c.world = c.world.on(t)
	return c
}
