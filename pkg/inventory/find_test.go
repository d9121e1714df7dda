package inventory

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b", "c")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	// A folder of that name is not an inventory.
	if err := os.Mkdir(filepath.Join(deep, FileName), 0o755); err != nil {
		t.Fatal(err)
	}
	upper := filepath.Join(root, "a", FileName)
	if err := os.WriteFile(upper, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ flag, env, cwd, want string }{
		"flag first":      {"x.yaml", "y.yaml", deep, "x.yaml"},
		"variable second": {"", "y.yaml", deep, "y.yaml"},
		"current folder":  {"", "", filepath.Dir(upper), upper},
		"nearest above":   {"", "", deep, upper},
	}
	for name, test := range tests {
		getenv := func(key string) string { return map[string]string{"BELT_FILE": test.env}[key] }
		got, err := Find(test.flag, getenv, test.cwd)
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}

	_, err := Find("", func(string) string { return "" }, root)
	var missing *Missing
	if !errors.As(err, &missing) || missing.Dir != root || !strings.Contains(missing.Hint(), "belt init") {
		t.Errorf("none: %v", err)
	}
}
