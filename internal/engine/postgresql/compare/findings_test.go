package compare

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestDifferences(t *testing.T) {
	orders := &relation{oid: 20000, schema: "public", name: "orders"}
	depend := &relation{oid: 2608, schema: "pg_catalog", name: "pg_depend"}
	attribute := &relation{oid: 1249, schema: "pg_catalog", name: "pg_attribute"}
	keyed := columns{all: []string{"id", "total"}, key: []string{"id"}}
	tests := map[string]struct {
		rel  *relation
		fill func(*findings)
		want []string
	}{
		"nothing": {rel: orders, fill: func(*findings) {}},
		"each kind": {rel: orders, fill: func(f *findings) {
			f.add(finding{subject: "row id=1", verdict: missing})
			f.add(finding{subject: "row id=2", verdict: extra})
			f.add(finding{subject: "row id=3", verdict: differs, columns: keyed,
				here: map[string]string{"id": "5", "total": "6"}, there: map[string]string{"id": "5", "total": "7"}})
			f.add(finding{subject: "row id=4", verdict: differs, columns: keyed})
		}, want: []string{
			"public.orders: row id=1 is missing on db2", "public.orders: row id=2 is on db2 only",
			"public.orders: row id=3 differs in total", "public.orders: row id=4 differs",
		}},
		"an update that one side has": {rel: orders, fill: func(f *findings) {
			f.add(finding{subject: "row id=1", verdict: missing, columns: keyed, here: map[string]string{"id": "5", "total": "6"}})
			f.add(finding{subject: "row id=1", verdict: extra, columns: keyed, there: map[string]string{"id": "5", "total": "7"}})
		}, want: []string{"public.orders: row id=1 differs in total"}},
		"many": {rel: orders, fill: func(f *findings) {
			for i := range 25 {
				f.add(finding{subject: fmt.Sprintf("row id=%d", i), verdict: missing})
			}
		}, want: append(numberedRows(20), "public.orders: … and 5 more rows")},
		"too many": {rel: orders, fill: func(f *findings) {
			for i := range maxRows {
				f.add(finding{subject: fmt.Sprintf("row id=%d", i), verdict: missing})
			}
			if !f.full() {
				t.Error("not full")
			}
		}, want: append(numberedRows(20), "public.orders: … and at least 980 more rows; the comparison of this table ended there")},
		"catalog without a key": {rel: depend, fill: func(f *findings) {
			f.add(finding{subject: "row at (0,1)", verdict: missing})
			f.add(finding{subject: "row at (0,2)", verdict: missing})
		}, want: []string{"pg_catalog.pg_depend: rows that differ: 2"}},
		"columns of a table that is missing as a whole": {rel: attribute, fill: func(f *findings) {
			f.add(finding{object: "public.new", subject: "column a", verdict: missing, columns: keyed})
			f.add(finding{object: "public.orders", subject: "column b", verdict: missing, columns: keyed})
		}, want: []string{"public.orders: column b is missing on db2"}},
		"a block": {rel: orders, fill: func(f *findings) { f.unreadable(7, "db2", "invalid page") },
			want: []string{"public.orders: block 7 cannot be read on db2: invalid page"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := &findings{primary: "db1", replica: "db2"}
			test.fill(f)
			var got []string
			for _, d := range f.differences(test.rel, "", map[string]bool{"public.new": true}) {
				got = append(got, d.Object+": "+d.Detail)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	f := &findings{general: []string{"stands at 1 on db1 and at 2 on db2"}}
	want := []replication.Difference{{Object: "public.orders", Detail: "database shop: stands at 1 on db1 and at 2 on db2"}}
	if diff := cmp.Diff(want, f.differences(orders, "database shop: ", nil)); diff != "" {
		t.Error(diff)
	}
}

func numberedRows(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("public.orders: row id=%d is missing on db2", i)
	}
	return out
}

func TestFresh(t *testing.T) {
	f := &findings{}
	first := f.fresh([]judgement{{rowID: r1}, {rowID: r2}})
	second := f.fresh([]judgement{{rowID: r2}, {rowID: again}})
	if len(first) != 2 || len(second) != 1 || second[0].rowID != again {
		t.Errorf("first %v, then %v", first, second)
	}
}
