package ops

import (
	"testing"

	"github.com/dbbelt/belt/pkg/inventory"
)

func TestNextName(t *testing.T) {
	app := func(servers ...string) inventory.App {
		a := inventory.App{Name: "shop"}
		for _, name := range servers {
			a.Servers = append(a.Servers, inventory.Server{Name: name})
		}
		return a
	}
	for name, tt := range map[string]struct {
		app     inventory.App
		members []string
		want    string
	}{
		"after the only one":          {app("db1", "web1"), []string{"db1"}, "db2"},
		"after the last one":          {app("db1", "db3"), []string{"db1", "db3"}, "db4"},
		"one that is taken":           {app("db1", "db2"), []string{"db1"}, "db3"},
		"two digits":                  {app("pg-09"), []string{"pg-09"}, "pg-10"},
		"a name without a number":     {app("main"), []string{"main"}, "main-2"},
		"another with a number first": {app("db1", "main"), []string{"main", "db1"}, "db2"},
	} {
		t.Run(name, func(t *testing.T) {
			got := nextName(inventory.Target{App: tt.app, Database: inventory.Database{Servers: tt.members}})
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// A server that an unfinished run made, or that was let go, is asked for again.
func TestNextNameOfAProvidersServer(t *testing.T) {
	a := inventory.App{Name: "shop", Servers: []inventory.Server{{Name: "db1"}, {Name: "db2", Provider: "cloud"}}}
	if got := nextName(inventory.Target{App: a, Database: inventory.Database{Servers: []string{"db1"}}}); got != "db2" {
		t.Error(got)
	}
	if got := nextName(inventory.Target{App: a, Database: inventory.Database{Servers: []string{"db1", "db2"}}}); got != "db3" {
		t.Error(got)
	}
}
