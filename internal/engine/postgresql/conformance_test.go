package postgresql

import (
	"fmt"
	"testing"

	"github.com/dbbelt/belt/internal/engine/postgresql/pgtest"
	"github.com/dbbelt/belt/pkg/replication"
	"github.com/dbbelt/belt/pkg/replication/enginetest"
)

func TestConformance(t *testing.T) {
	for _, major := range majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			enginetest.Run(t, func(t *testing.T) enginetest.Fixture {
				w := pgtest.New(t, major)
				db1, db2 := w.Add("shop", "db1"), w.Add("shop", "db2")
				return enginetest.Fixture{
					Engine: New(), Target: "shop/postgresql", Nodes: []replication.Node{db1.Node("shop"), db2.Node("shop")},
					Write: func(*testing.T) { db1.Write("a row more") },
				}
			})
		})
	}
}
