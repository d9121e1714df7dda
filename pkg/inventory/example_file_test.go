package inventory

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// optional matches a key of the example that is switched off.
var optional = regexp.MustCompile(`(?m)^( *)#([a-z_]+:)`)

func everything() string { return optional.ReplaceAllString(Example(), "$1$2") }

func TestExampleLoads(t *testing.T) {
	for name, text := range map[string]string{"as written": Example(), "with every key": everything()} {
		t.Run(name, func(t *testing.T) {
			if inv := parsed(t, text); len(inv.Apps) != 2 {
				t.Errorf("%d apps, want 2", len(inv.Apps))
			}
		})
	}
}

// TestExampleHasEveryKey asks the reader for the keys of each block, by an unknown one that is near none.
func TestExampleHasEveryKey(t *testing.T) {
	const mistakes = `0123456789: 1
ssh: {0123456789: 1}
apps:
  a:
    0123456789: 1
    servers: {s: {address: a, 0123456789: 1, ssh: {0123456789: 1}}}
    databases:
      redis: {servers: [s], 0123456789: 1, credentials: {0123456789: 1}, admin: {0123456789: 1}}
    env: {file: /x, 0123456789: 1}
    backups: {server: s, directory: /x, 0123456789: 1}
providers: {p: {command: x, 0123456789: 1}}
hooks: {0123456789: 1}
`
	blocks := 0
	for line := range strings.Lines(problemsOf(t, mistakes)) {
		_, keys, found := strings.Cut(strings.TrimSpace(line), `unknown key "0123456789": there `)
		if !found {
			t.Fatalf("unexpected: %s", line)
		}
		blocks++
		keys = strings.TrimPrefix(strings.TrimPrefix(keys, "is "), "are ")
		for _, key := range strings.Split(keys, ", ") {
			if !regexp.MustCompile(`(?m)(^ *|[{,] ?)` + key + `:`).MatchString(everything()) {
				t.Errorf("the example does not show %q of %s", key, line)
			}
		}
	}
	if blocks != 12 {
		t.Errorf("%d blocks, want 12", blocks)
	}
}

// TestDocsShowTheExample holds docs/belt.yaml to what `belt init` writes.
func TestDocsShowTheExample(t *testing.T) {
	text, err := os.ReadFile("../../docs/belt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != Example() {
		t.Error("docs/belt.yaml is not pkg/inventory/example.yaml")
	}
}
