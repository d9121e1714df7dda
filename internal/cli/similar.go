package cli

import "strings"

// similar lists the names that one letter in three away from name, or begin with it.
func similar(name string, names []string) []string {
	var out []string
	for _, one := range names {
		if strings.HasPrefix(one, name) && name != "" || edits(name, one) <= max(1, len(name)/3) {
			out = append(out, one)
		}
	}
	return out
}

// edits is the number of letters to insert, delete or replace to turn a into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
