//go:build lab

package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Two replicas, seeded side by side.

func TestTwoReplicas(t *testing.T) {
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	spec.Servers = append(spec.Servers, lab.ServerSpec{App: "shop", Name: "db3", Kind: labtest.Engine(), Open: true})
	w := worldOf(t, spec, 30, "shop/db1", "shop/db2", "shop/db3", "shop/web1")
	db3 := w.Server("shop", "db3")
	primaryBefore := labtest.StateOf(t, w.db1)
	writer := w.writer()

	p := w.belt.Start(t, "db", "replicate", "enable", shop, "--replica", "db2", "--replica", "db3", "--yes", "-o", "json")
	r := p.Result(0)
	seeding, together := map[string]bool{}, false
	for _, e := range p.Events() {
		if e.IsStep(w.Ways().Copy) && e.Kind == "started" {
			seeding[e.Step] = true
		}
		if e.IsStep(w.Ways().Copy) && e.Kind == "done" {
			delete(seeding, e.Step)
		}
		together = together || len(seeding) == 2
	}
	if !together {
		t.Errorf("the copies were not made side by side: %s", r.Ended)
	}
	w.follows(shop, "db2", "db3")
	both := w.db2.Internal.String() + "," + db3.Internal.String()
	w.variables(w.web1, map[string]string{"SLAVE_ADDRESSES": both, "SLAVE_ADDRESSES_INT": both})
	w.proven(writer, w.db2, db3)

	writer = w.writer()
	w.belt.Do(t, 0, "db", "replicate", "disable", shop, "--replica", "db2")
	w.follows(shop, "db3")
	w.standsAlone(w.db2)
	if left := w.Left(t, w.db1); !slices.ContainsFunc(left, about("db3")) || slices.ContainsFunc(left, about("db2")) {
		t.Errorf("db1 has %q", left)
	}
	w.variables(w.web1, map[string]string{"SLAVE_ADDRESSES": db3.Internal.String()})
	if inventory := w.readsInventory(); !strings.Contains(inventory, "servers: [db1, db3]") {
		t.Errorf("belt.yaml:\n%s", inventory)
	}
	w.proven(writer, db3)

	w.belt.Do(t, 0, "db", "replicate", "disable", shop)
	w.standsAlone(db3)
	w.parted(primaryBefore)
}

func about(server string) func(string) bool {
	return func(what string) bool { return strings.Contains(what, server) }
}
