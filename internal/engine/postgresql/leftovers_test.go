package postgresql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestLeftoversAreNamed(t *testing.T) {
	healthy := pair(t, 15, "healthy")
	n := nativeOf(healthy[0])
	n.Slots = append(n.Slots, slot{Name: "belt_shop_db9", Retained: 3 << 30, Physical: true}, slot{Name: "by_hand"})
	n.Roles = append(n.Roles, role{Name: "belt_shop_db9", Note: "belt: replica shop/db9"})
	n.HBA = append(n.HBA, hbaLine{Name: "belt_shop_db9"}, hbaLine{Name: "belt_shop_db9"})
	top := New().Topology("shop/postgresql", healthy)
	var got []string
	for _, l := range top.Leftovers {
		if l.Server != "db1" || l.Fix != "belt db replicate disable shop/postgresql --replica db9" {
			t.Errorf("%+v", l)
		}
		got = append(got, l.What)
	}
	want := "replication slot belt_shop_db9 that no replica uses, holding 3.2 GB of WAL\n" +
		"role belt_shop_db9 that no replica uses\nlines in pg_hba.conf for belt_shop_db9, which is no replica"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

// TestForgottenSettingsAreNamed: a disable that was killed before its last step left the primary's settings, and nothing else.
func TestForgottenSettingsAreNamed(t *testing.T) {
	s := enabled(t, 15, commandDisable, "db2")
	s.interrupt(commandDisable, "settings", replication.Options{})
	top := s.status()
	if len(top.Leftovers) != 1 || !strings.Contains(top.Leftovers[0].What, "max_slot_wal_keep_size") ||
		top.Leftovers[0].Fix != "belt db replicate disable shop/postgresql --replica db2" {
		t.Fatalf("left over: %+v", top.Leftovers)
	}
	s.do(commandDisable, replication.Options{})
	if top := s.status(); len(top.Leftovers) > 0 {
		t.Errorf("after the fix: %+v", top.Leftovers)
	}
}
