//go:build lab

package scenarios

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Verify finds the one row that a disk got wrong, under writes, and names it.

func TestVerifyFindsOneChangedRow(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	labtest.PSQLIn(t, w.db1, "shop", `
		CREATE TABLE marks (id int PRIMARY KEY, mark text NOT NULL);
		INSERT INTO marks SELECT i, 'mark-' || i FROM generate_series(1, 5000) i;`)
	w.enable("--replica", "db2")
	writer := w.writer()
	verify := []string{"db", "replicate", "verify", shop, "-o", "json"}
	verified(t, w.belt.Run(t, verify...).Want(t, 0), true)

	file := labtest.PSQLIn(t, w.db1, "shop", "CHECKPOINT; SELECT pg_relation_filepath('marks')")
	if err := w.db1.WaitReplayed(t.Context(), w.db2); err != nil {
		t.Fatal(err)
	}
	labtest.PSQL(t, w.db2, "CHECKPOINT")
	labtest.Exec(t, w.db2, unit+`systemctl stop $unit
		grep -qa mark-3777 /var/lib/postgresql/*/main/"$1" && sed -i s/mark-3777/mark-8888/ /var/lib/postgresql/*/main/"$1"
		systemctl start $unit`, file)
	if got := labtest.PSQLIn(t, w.db2, "shop", "SELECT mark FROM marks WHERE id = 3777"); got != "mark-8888" {
		t.Fatalf("nothing was changed: %s", got)
	}
	v := verified(t, w.belt.Run(t, verify...).Want(t, 6), false)
	if len(v.Replicas) != 1 || len(v.Replicas[0].Differences) != 1 {
		t.Fatalf("%+v", v)
	}
	d := v.Replicas[0].Differences[0]
	if !strings.Contains(d.Object, "public.marks") || !strings.Contains(d.Detail, "3777") || strings.Contains(d.Detail, "3776") {
		t.Errorf("%+v", d)
	}

	w.belt.Do(t, 0, "db", "replicate", "resync", shop, "--method", "full")
	verified(t, w.belt.Run(t, verify...).Want(t, 0), true)
	w.proven(writer, w.db2)
}
