package redis

import (
	"testing"

	"github.com/dbbelt/belt/internal/engine/redis/redistest"
	"github.com/dbbelt/belt/pkg/replication"
	"github.com/dbbelt/belt/pkg/replication/enginetest"
)

// releases are those of Debian's packages, one for each difference that the table of abilities knows.
var releases = []struct{ flavour, version string }{{Redis, "6.0.16"}, {Redis, "7.0.15"}, {Redis, "8.0.2"}, {Valkey, "8.1.4"}, {Valkey, "9.1.0"}}

func TestConformance(t *testing.T) {
	for _, r := range releases {
		t.Run(r.flavour+" "+r.version, func(t *testing.T) {
			enginetest.Run(t, func(t *testing.T) enginetest.Fixture {
				w := redistest.New(t, r.flavour, r.version)
				db1, db2 := w.Add("shop", "db1"), w.Add("shop", "db2")
				return enginetest.Fixture{
					Engine: New(r.flavour), Target: "shop/" + r.flavour, Nodes: []replication.Node{db1.Node("shop"), db2.Node("shop")},
					Write: func(*testing.T) { db1.Write("a key more") }, Data: db2.Keys, Crash: db2.Crash,
				}
			})
		})
	}
}
