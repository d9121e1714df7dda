package compare

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhere(t *testing.T) {
	number := func(name string) column { return column{name: name, kind: "int"} }
	hex := func(values ...string) []string {
		for i, v := range values {
			values[i] = fmt.Sprintf("%X", v)
		}
		return values
	}
	for name, tt := range map[string]struct {
		key  []column
		r    keyRange
		want string
	}{
		"all":          {[]column{number("a")}, keyRange{}, "TRUE"},
		"one":          {[]column{number("a")}, keyRange{hex("1"), hex("-9")}, "`a` > 1 AND `a` <= -9"},
		"from":         {[]column{number("a")}, keyRange{low: hex("1")}, "`a` > 1"},
		"two, from":    {[]column{number("a"), number("b")}, keyRange{low: hex("1", "2")}, "`a` >= 1 AND (`a` > 1 OR (`b` > 2))"},
		"two, to":      {[]column{number("a"), number("b")}, keyRange{high: hex("1", "2")}, "`a` <= 1 AND (`a` < 1 OR (`b` <= 2))"},
		"three":        {[]column{number("a"), number("b"), number("c")}, keyRange{high: hex("1", "2", "3")}, "`a` <= 1 AND (`a` < 1 OR (`b` <= 2 AND (`b` < 2 OR (`c` <= 3))))"},
		"text":         {[]column{{name: "w", kind: "varchar", charset: "latin1", collation: "latin1_german1_ci"}}, keyRange{low: hex("o'x")}, "`w` > _latin1 X'6F2778' COLLATE latin1_german1_ci"},
		"bytes":        {[]column{{name: "w", kind: "varbinary"}}, keyRange{low: hex("\x00\xff")}, "`w` > X'00FF'"},
		"enum":         {[]column{{name: "e", kind: "enum", charset: "latin1", collation: "latin1_bin"}}, keyRange{low: hex("2")}, "(`e` + 0) > 2"},
		"float":        {[]column{{name: "f", kind: "float"}}, keyRange{hex("0.1"), hex("1e30")}, "`f` > 0.1e0 AND `f` <= 1e30"},
		"time":         {[]column{{name: "d", kind: "datetime"}}, keyRange{low: hex("2026-01-02 03:04:05.6")}, "`d` > '2026-01-02 03:04:05.6'"},
		"strange name": {[]column{number("a`b")}, keyRange{low: hex("1")}, "`a``b` > 1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (&table{key: tt.key}).where(tt.r); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestTake chooses keys among unique indexes, as information_schema lists them: name, column, part, order, nulls.
func TestTake(t *testing.T) {
	row := func(fields ...string) []string {
		for i := range 2 {
			fields[i] = fmt.Sprintf("%X", fields[i])
		}
		return fields
	}
	for name, tt := range map[string]struct {
		parts [][]string
		want  string
	}{
		"primary":          {[][]string{row("PRIMARY", "b", "", "A", ""), row("PRIMARY", "a", "", "A", "")}, "PRIMARY b a"},
		"the second":       {[][]string{row("k", "a", "", "A", "YES"), row("u", "b", "", "A", ""), row("u", "c", "", "A", "")}, "u b c"},
		"of a part":        {[][]string{row("PRIMARY", "a", "20", "A", "")}, ""},
		"descending":       {[][]string{row("PRIMARY", "a", "", "D", "")}, ""},
		"of an expression": {[][]string{row("u", "", "", "A", "")}, ""},
		"one part is null": {[][]string{row("u", "a", "", "A", ""), row("u", "b", "", "A", "YES")}, ""},
		"none":             {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tab := &table{columns: []column{{name: "a", kind: "int"}, {name: "b", kind: "int"}, {name: "c", kind: "int"}}}
			tab.take(tt.parts)
			got := []string{tab.index}
			for _, c := range tab.key {
				got = append(got, c.name)
			}
			if text := strings.TrimSpace(strings.Join(got, " ")); text != tt.want {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}
