package compare

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	r1    = rowID{"(0,1)", "100"}
	r2    = rowID{"(0,2)", "200"}
	r10   = rowID{"(0,10)", "100"}
	far   = rowID{"(7,1)", "100"}
	again = rowID{"(0,1)", "300"} // the place of one, used again
)

// row is a rowLook of block 0.
func row(hash, xmax string) rowLook { return rowLook{hash: hash, xmax: xmax} }

func TestJudge(t *testing.T) {
	type is = judgement
	a, b := row("a", "0"), row("b", "0")
	tests := map[string]struct {
		before, replica, after look
		over                   []string
		want                   []judgement
	}{
		"nothing at all":  {},
		"equal":           {before: look{r1: a}, replica: look{r1: a}, after: look{r1: a}},
		"locked and back": {before: look{r1: a}, replica: look{r1: a}, after: look{r1: row("a", "900")}},

		"changed on the replica":            {before: look{r1: a}, replica: look{r1: b}, after: look{r1: a}, want: []is{{rowID: r1, verdict: differs}}},
		"missing":                           {before: look{r1: a}, after: look{r1: a}, want: []is{{rowID: r1, verdict: missing}}},
		"extra, of a transaction long over": {replica: look{r2: b}, over: []string{"200"}, want: []is{{rowID: r2, verdict: extra}}},

		"commit that only the replica shows":   {replica: look{r2: b}, want: []is{{rowID: r2, verdict: open, xid: "200"}}},
		"deletion that only the replica shows": {before: look{r1: a}, after: look{r1: row("a", "900")}, want: []is{{rowID: r1, verdict: open, xid: "900"}}},
		"missing, and locked once": {
			before: look{r1: row("a", "900")}, after: look{r1: row("a", "900")}, over: []string{"900"},
			want: []is{{rowID: r1, verdict: missing}},
		},
		"locked between our looks": { // the locker of before is over, that of after may be a deleter
			before: look{r1: row("a", "900")}, after: look{r1: row("a", "901")}, over: []string{"900"},
			want: []is{{rowID: r1, verdict: open, xid: "901"}},
		},

		"inserted meanwhile, replica too early": {after: look{r2: b}, want: []is{{rowID: r2, verdict: moving}}},
		"inserted meanwhile, replica has it":    {replica: look{r2: b}, after: look{r2: b}},
		"deleted meanwhile, replica too late":   {before: look{r1: a}, replica: look{r1: a}},
		"deleted meanwhile, replica knows":      {before: look{r1: a}, want: []is{{rowID: r1, verdict: moving}}},
		"updated meanwhile": {
			before: look{r1: a}, replica: look{r2: b}, after: look{r2: b},
			want: []is{{rowID: r1, verdict: moving}},
		},
		"inserted and deleted between our looks": {replica: look{r2: b}, want: []is{{rowID: r2, verdict: open, xid: "200"}}},
		"place used again": {
			before: look{r1: a}, replica: look{again: b}, after: look{again: b},
			want: []is{{rowID: r1, verdict: moving}},
		},
		"came, with another value on the replica": {replica: look{r2: a}, after: look{r2: b}, want: []is{{rowID: r2, verdict: suspect}}},
		"went, with another value on the replica": {before: look{r1: b}, replica: look{r1: a}, want: []is{{rowID: r1, verdict: suspect}}},

		"a column was added meanwhile, replica has it":   {before: look{r1: a}, replica: look{r1: b}, after: look{r1: b}},
		"a column was added meanwhile, replica lacks it": {before: look{r1: a}, replica: look{r1: a}, after: look{r1: b}, want: []is{{rowID: r1, verdict: moving}}},

		"in the order of the places": {
			before: look{far: rowLook{block: 7, hash: "a", xmax: "0"}, r10: a, r2: a, r1: a},
			after:  look{far: rowLook{block: 7, hash: "a", xmax: "0"}, r10: a, r2: a, r1: a},
			want: []is{
				{rowID: r1, verdict: missing}, {rowID: r2, verdict: missing},
				{rowID: r10, verdict: missing}, {rowID: far, verdict: missing, block: 7},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			over := map[string]bool{}
			for _, xid := range test.over {
				over[xid] = true
			}
			got := judge(test.before, test.replica, test.after, func(xid string) bool { return over[xid] })
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(judgement{}, rowID{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}
