//go:build lab

package scenarios

import (
	"strings"
	"testing"
)

// Verify finds the one row that a disk got wrong, under writes, and names it.

func TestVerifyFindsOneChangedRow(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	w.enable("--replica", "db2")
	writer := w.writer()
	verify := []string{"db", "replicate", "verify", shop, "-o", "json"}
	verified(t, w.belt.Run(t, verify...).Want(t, 0), true)

	tampered := w.Tamper(t, w.db1, w.db2)
	v := verified(t, w.belt.Run(t, verify...).Want(t, 6), false)
	if len(v.Replicas) != 1 || len(v.Replicas[0].Differences) != 1 {
		t.Fatalf("%+v", v)
	}
	d := v.Replicas[0].Differences[0]
	if said := d.Object + " " + d.Detail; !strings.Contains(d.Object, tampered.Object) || !strings.Contains(said, tampered.Key) || strings.Contains(said, tampered.Other) {
		t.Errorf("%+v", d)
	}

	w.belt.Do(t, 0, "db", "replicate", "resync", shop, "--method", "full")
	verified(t, w.belt.Run(t, verify...).Want(t, 0), true)
	w.proven(writer, w.db2)
}
