package mysql

import (
	"context"
	"errors"
	"testing"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// The backup of a replica that is restored elsewhere follows nobody, not for a moment either: it would have what came after the
// backup. Its primary would let it in.
func TestRestoredFollowsNobody(t *testing.T) {
	for _, p := range []product{mysql80, mysql9} {
		t.Run(p.String(), func(t *testing.T) {
			s := newScene(t, p, replica.CommandRestore, "db2", "db3")
			db2, db3 := s.targets[:1], s.targets[1:]
			s.targets = db3
			s.do(commandEnable, replication.Options{})
			s.primary().LetIn("belt_shop_db3", db3[0].Internal, db2[0].Internal)
			s.primary().Write("before the backup")
			s.facts(replication.Survey) // the replica catches up

			s.targets = db2
			req := s.restore()
			req.Fetch = func(_ context.Context, _ replication.RebuildTool, folder string, _ plan.Progress) error {
				err := db2[0].Restore(db3[0], folder, "mysql.ibd")
				s.primary().Write("after the backup")
				return err
			}
			planned, err := s.engine.PlanRestore(req)
			if err != nil {
				t.Fatal(err)
			}
			if o := plan.Apply(t.Context(), planned, nil, plan.Options{}); o.Err != nil {
				t.Fatal(o.Err)
			}
			if !db2[0].Has("before the backup") || db2[0].Has("after the backup") {
				t.Errorf("before the backup: %v, after it: %v", db2[0].Has("before the backup"), db2[0].Has("after the backup"))
			}
			if file := db2[0].DropIn(); db2[0].Files.Has(file) {
				t.Errorf("%s stayed: %s", file, db2[0].Files.Read(file))
			}
			for _, f := range s.facts(replication.Survey) {
				if f.Node.Server == "db2" && f.Replica {
					t.Error("it is a replica")
				}
			}
		})
	}
}

// Options that Belt wrote for a primary's old data are there again when that data is.
func TestUndoOfARestoreLeavesAPrimarysOptions(t *testing.T) {
	for _, p := range []product{maria10, mysql9} {
		t.Run(p.String(), func(t *testing.T) {
			s := newScene(t, p, replica.CommandRestore, "db2")
			s.do(commandEnable, replication.Options{})
			file := s.primary().DropIn()
			before := s.primary().Files.Read(file)
			s.target().Down = errors.New("no route to host")
			s.targets = s.members[:1]
			for _, command := range []string{replica.CommandRestore, "db replicate undo"} {
				s.do(command, replication.Options{})
				if after := s.primary().Files.Read(file); before == "" || after != before {
					t.Errorf("%s had %q, and has %q after %s", file, before, after, command)
				}
			}
		})
	}
}
