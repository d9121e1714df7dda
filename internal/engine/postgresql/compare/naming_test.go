package compare

import (
	"strings"
	"testing"
)

func TestParseColumns(t *testing.T) {
	c := parseColumns([][]string{{"b", "2"}, {"note", "0"}, {"a", "1"}})
	if got := strings.Join(c.all, " "); got != "b note a" {
		t.Errorf("columns %s", got)
	}
	if got := strings.Join(c.key, " "); got != "a b" {
		t.Errorf("key %s", got)
	}
}
