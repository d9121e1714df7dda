package inventory

import (
	"regexp"
	"testing"
)

// optional matches a key of the example that is switched off.
var optional = regexp.MustCompile(`(?m)^( *)#([a-z_]+:)`)

func TestExampleLoads(t *testing.T) {
	everything := optional.ReplaceAllString(Example(), "$1$2")
	for name, text := range map[string]string{"as written": Example(), "with every key": everything} {
		t.Run(name, func(t *testing.T) {
			inv, err := parse("/belt/belt.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if got := len(inv.Apps); got != 2 {
				t.Errorf("%d apps, want 2", got)
			}
		})
	}
}
