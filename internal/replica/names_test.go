package replica

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestName(t *testing.T) {
	const longest = 63
	named := func(app, server, database string) string {
		return Name(replication.Node{App: app, Server: server, Database: database, Engine: "postgresql"}, longest)
	}
	if got := named("shop", "db2", "postgresql"); got != "belt_shop_db2" {
		t.Errorf("the plain name is %s", got)
	}
	if got := named("shop", "db2", "reports"); got != "belt_shop_db2_reports" {
		t.Errorf("with a database of another name: %s", got)
	}
	long := strings.Repeat("x", 80)
	seen := map[string]string{}
	valid := regexp.MustCompile(`^belt_[a-z0-9_]+$`)
	for _, n := range [][3]string{
		{"shop", "db2", ""}, {"shop", "db3", ""}, {"shop-eu", "db2", ""}, {"shop_eu", "db2", ""}, {"shop.eu", "db2", ""}, {"Shop", "db2", ""},
		{"shop", "DB2", ""}, {"shöp", "db2", ""}, {long, "db2", ""}, {long, "db3", ""}, {long + "y", "db2", ""}, {"shop", "db2", "reports"},
		{"shop", "db2", "re-ports"},
	} {
		got := named(n[0], n[1], n[2])
		if other, twice := seen[got]; twice {
			t.Errorf("%v and %s are both %s", n, other, got)
		}
		seen[got] = strings.Join(n[:], "/")
		if len(got) > longest || !valid.MatchString(got) {
			t.Errorf("%v: %q is no name", n, got)
		}
		if again := named(n[0], n[1], n[2]); again != got {
			t.Errorf("%v: %s, then %s", n, got, again)
		}
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{-1: "0 B", 0: "0 B", 999: "999 B", 16 << 20: "17 MB", 2_100_000_000: "2.1 GB"} {
		if got := Size(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
}
