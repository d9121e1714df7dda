package envfile

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is written for export is sourced by real shells, and what their children
// see in the environment has to be what was set.
func TestShellsReadExport(t *testing.T) {
	values := manyValues(60)
	for _, before := range []string{
		"",
		"A=1\nif true; then\n  export K000=wrong R001=wrong\nfi\nf() {\nexport K001=wrong\n}\nf\n",
		"cat >/dev/null <<E\ndon't\nexport K002=\nE\nK003=x K004=\"y\nz\"\nexport K005='a' # it's\nunset K006\nset -a\nK007=a\\\nb\necho \\\n",
		"export K000=a\\",
	} {
		f := parse(t, Export, before)
		setAll(t, f, values)
		if err := f.Unset("A"); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "variables")
		if err := os.WriteFile(path, f.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, shell := range []string{"sh", "bash"} {
			if _, err := exec.LookPath(shell); err != nil && shell != "sh" {
				continue
			}
			cmd := exec.Command(shell, "-c", `. "$1" >/dev/null; exec env -0`, shell, path)
			cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v", shell, err)
			}
			got := make(map[string]string)
			for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
				name, value, _ := strings.Cut(entry, "=")
				if _, ours := values[name]; ours || name == "A" {
					got[name] = value
				}
			}
			if diff := cmp.Diff(values, got); diff != "" {
				t.Errorf("%s after %q (-want +got)\n%s", shell, before, diff)
			}
		}
	}
}

func TestPythonReadsJSON(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3 on this machine")
	}
	values := manyValues(60)
	f := parse(t, JSON, "{\"K000\": 1, \"K001\": null, \"K000\": 2}")
	setAll(t, f, values)
	cmd := exec.Command("python3", "-c", "import json, sys; print(json.dumps(json.load(sys.stdin.buffer)))")
	cmd.Stdin = strings.NewReader(string(f.Bytes()))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(values, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The style chosen for each sort of value is the promise of the package
// documentation; every line was compared with the readers named there.
func TestDotenvStyles(t *testing.T) {
	tests := []struct {
		value, text string
		portable    bool
	}{
		{"", "", true},
		{"10.0.0.22,10.0.0.23", "10.0.0.22,10.0.0.23", true},
		{"mongodb://h1:27017,h2:27017/?replicaSet=rs0", "mongodb://h1:27017,h2:27017/?replicaSet=rs0", true},
		{"=x", "'=x'", true},
		{"p w", "'p w'", true},
		{`p$ss "word"`, `'p$ss "word"'`, true},
		{"${A}", "'${A}'", false},
		{"a#b", "'a#b'", true},
		{`a\b`, `'a\b'`, true},
		{"é", "'é'", true},
		{"a\nb", "'a\nb'", true},
		{"it's", `"it's"`, true},
		{"it's\nhere", "\"it's\nhere\"", true},
		{`5'4"`, `5'4"`, true},
		{`a\\b`, `a\\b`, false},
		{`a\`, `a\`, false},
		{`it's "$5"`, `'it\'s "$5"'`, false},
		{`it\'s $5`, `"it\\'s \$5"`, false},
		{`'"`, `"'\""`, false},
		{"a\r\nb", "\"a\\r\nb\"", false},
	}
	for _, tt := range tests {
		if got := quoteDotenv(tt.value); got != tt.text {
			t.Errorf("%q: got %s, want %s", tt.value, got, tt.text)
		}
		if got := Portable(Dotenv, tt.value); got != tt.portable {
			t.Errorf("%q: portable: got %v, want %v", tt.value, got, tt.portable)
		}
	}
}

func TestSystemdStyles(t *testing.T) {
	tests := []struct{ value, text string }{
		{"", ""},
		{"10.0.0.22", "10.0.0.22"},
		{"p w", `"p w"`},
		{"a\"b\\c`d$e", "\"a\\\"b\\\\c\\`d\\$e\""},
		{"a\nb", "\"a\nb\""},
		{"#a;b", `"#a;b"`},
		{"%n", `%n`},
	}
	for _, tt := range tests {
		if got := quoteSystemd(tt.value); got != tt.text {
			t.Errorf("%q: got %s, want %s", tt.value, got, tt.text)
		}
	}
}
