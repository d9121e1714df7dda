package compare

import (
	"strings"
	"testing"
)

func TestLabel(t *testing.T) {
	tests := map[string]struct {
		columns, values []string
		want            string
	}{
		"one":        {[]string{"id"}, []string{"42"}, "id=42"},
		"several":    {[]string{"a", "b"}, []string{"1", "x"}, "(a=1, b=x)"},
		"blanks":     {[]string{"name"}, []string{"a b"}, "name='a b'"},
		"quotes":     {[]string{"name"}, []string{`O'Neil "X"`}, `name='O''Neil "X"'`},
		"newline":    {[]string{"name"}, []string{"a\nb"}, `name='a\nb'`},
		"empty":      {[]string{"name"}, []string{""}, "name=''"},
		"letters":    {[]string{"name"}, []string{"Größe"}, "name=Größe"},
		"time":       {[]string{"at"}, []string{"2026-11-22"}, "at=2026-11-22"},
		"long":       {[]string{"name"}, []string{strings.Repeat("ö", 200)}, "name='" + strings.Repeat("ö", 80) + "…'"},
		"cut record": {[]string{"a", "b"}, []string{"1"}, "(a=1, b='')"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Label(test.columns, test.values); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
