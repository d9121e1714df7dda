package mysql

import (
	"testing"

	"github.com/dbbelt/belt/internal/engine/mysql/mytest"
	"github.com/dbbelt/belt/pkg/replication"
	"github.com/dbbelt/belt/pkg/replication/enginetest"
)

func TestConformance(t *testing.T) {
	for _, p := range products() {
		t.Run(p.String(), func(t *testing.T) {
			enginetest.Run(t, func(t *testing.T) enginetest.Fixture {
				w := mytest.New(t, string(p.flavour), p.version)
				db1, db2 := w.Add("shop", "db1"), w.Add("shop", "db2")
				return enginetest.Fixture{
					Engine: engineOf(p, w), Target: "shop/" + string(p.flavour), Nodes: []replication.Node{db1.Node("shop"), db2.Node("shop")},
					Write: func(*testing.T) { db1.Write("a row more") },
				}
			})
		})
	}
}
