package compare

import (
	"cmp"
	"slices"

	shared "github.com/dbbelt/belt/internal/compare"
)

// look is the rows that one server showed: by the key of a row its hash; in a table without a key, by the hash of a row
// how often it is there.
type look map[string]string

// judgement is a row that is not the same on both servers.
type judgement struct {
	id      string
	verdict shared.Verdict
	moving  bool // it changed while we looked: nothing can be told
}

// judge compares what the primary showed before and after with what the replica showed in between, having executed all that
// the primary had when it showed before. It returns what is not equal, in the order of the ids. With among, only those.
//
// What the replica showed is right when the primary showed the same before or after. It is wrong when the primary showed
// something else both times; unless that changed there and back in between, which looking again tells.
func judge(before, replica, after look, among map[string]bool) []judgement {
	ids := map[string]bool{}
	for _, l := range []look{before, replica, after} {
		for id := range l {
			if among == nil || among[id] {
				ids[id] = true
			}
		}
	}
	var out []judgement
	for id := range ids {
		b, r, a := before[id], replica[id], after[id]
		if r == b || r == a {
			continue
		}
		j := judgement{id: id, moving: b != a, verdict: shared.Differs}
		switch {
		case r == "":
			j.verdict = shared.Missing
		case b == "" && a == "":
			j.verdict = shared.Extra
		}
		out = append(out, j)
	}
	slices.SortFunc(out, func(a, b judgement) int { return cmp.Compare(a.id, b.id) })
	return out
}
