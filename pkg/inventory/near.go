package inventory

import (
	"cmp"
	"slices"
	"strings"
)

// distance is the number of letters to insert, delete, replace, or swap with the next, to turn a into b (optimal string
// alignment).
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	var before []int // the row above the one above
	above := make([]int, len(to)+1)
	for j := range above {
		above[j] = j
	}
	for i, x := range from {
		row := make([]int, len(to)+1)
		row[0] = i + 1
		for j, y := range to {
			cost := 1
			if x == y {
				cost = 0
			}
			row[j+1] = min(row[j]+1, above[j+1]+1, above[j]+cost)
			if i > 0 && j > 0 && x == to[j-1] && from[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above = above, row
	}
	return above[len(to)]
}

// Near lists the candidates that name may have been meant to be, the closest first: those at most a third of its letters
// away, and those that it begins.
func Near(name string, candidates []string) []string {
	const most = 5
	type match struct {
		name string
		far  int
	}
	var found []match
	if len(name) > 200 { // nobody meant that; do not spend quadratic time on it
		return nil
	}
	for _, c := range candidates {
		far := distance(strings.ToLower(name), strings.ToLower(c))
		begins := name != "" && strings.HasPrefix(c, name)
		if begins || far <= max(1, len(name)/3) {
			found = append(found, match{c, far})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.far, b.far) })
	var names []string
	for _, m := range found[:min(len(found), most)] {
		if !slices.Contains(names, m.name) {
			names = append(names, m.name)
		}
	}
	return names
}

// orList joins alternatives: "a", "a or b", "a, b or c".
func orList(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// didYouMean ends a message about a name that is not known: with near names, else with those there are.
func didYouMean(name string, candidates []string) string {
	return suggest(Near(name, candidates), candidates)
}

func suggest(similar, candidates []string) string {
	if len(similar) > 0 {
		return ": did you mean " + orList(similar) + "?"
	}
	if len(candidates) == 0 {
		return ""
	}
	const most = 12
	if len(candidates) > most {
		return ": there are " + strings.Join(candidates[:most], ", ") + ", …"
	}
	if len(candidates) == 1 {
		return ": there is " + candidates[0]
	}
	return ": there are " + strings.Join(candidates, ", ")
}
