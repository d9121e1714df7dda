package mongodb

import (
	"testing"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/pkg/replication"
	"github.com/dbbelt/belt/pkg/replication/enginetest"
)

// versions are those of the double; what it says of itself was recorded on 4.4.
var versions = []string{"4.4.1", "4.4.6", "5.0.31", "6.0.20", "7.0.16", "8.0.4"}

func TestConformance(t *testing.T) {
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			enginetest.Run(t, func(t *testing.T) enginetest.Fixture {
				w := mongotest.New(t, version)
				db1, db2 := w.Add("shop", "db1"), w.Add("shop", "db2")
				n := 0
				return enginetest.Fixture{
					Engine: &Engine{}, Target: "shop/mongodb", Nodes: []replication.Node{db1.Node("shop"), db2.Node("shop")},
					Write: func(*testing.T) { n++; db1.Write(int32(n)) },
				}
			})
		})
	}
}
