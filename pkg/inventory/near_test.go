package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"db1", "db1", 0}, {"db1", "db2", 1},
		{"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"für", "fur", 1}, {"postgrseql", "postgresql", 1}, {"ab", "ba", 1}, {"shpo", "shop", 1},
		{"ca", "abc", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%q %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestNear(t *testing.T) {
	have := []string{"postgresql", "mysql", "redis", "redis-cache", "valkey"}
	for name, want := range map[string][]string{
		"postgres": {"postgresql"},
		"Mysql":    {"mysql"},
		"redis":    {"redis", "redis-cache"},
		"redsi":    {"redis"}, // two letters swapped are one mistake
		"reids2":   {"redis"}, // two, and two may be in six
		"rdsie":    nil,       // two, and only one may be in five
		"rediss":   {"redis"},
		"kafka":    nil,
		"":         nil,
	} {
		if d := cmp.Diff(want, Near(name, have)); d != "" {
			t.Errorf("%q (-want +got):\n%s", name, d)
		}
	}
}
