package cli

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/ops"
)

// The JSON documents of the contract, with the keys that each object has to have. Null stands for a value of any kind.
var documents = []struct {
	args string
	code int
	want string
}{
	{"db status", 6, `{"version": 1, "databases": [{
		"target": "shop/postgresql", "engine": "postgresql", "engine_version": "15.4",
		"primary": {"app": "shop", "server": "db1", "address": "10.0.0.21", "writable": true, "position": "10"},
		"replicas": [
			{"app": "shop", "server": "db2", "address": "10.0.0.22", "state": "streaming", "writable": false,
				"lag_seconds": 0, "lag_bytes": 0, "position": "10", "problem": ""},
			{"app": "shop", "server": "db3", "address": "10.0.0.23", "state": "stopped", "writable": false,
				"lag_seconds": "null", "lag_bytes": "null", "position": "10", "problem": "it is stopped"}]}]}`},
	{"db replicate enable shop/postgresql --replica db4 --dry-run", 0, `{"version": 1, "command": "db replicate enable", "target": "shop/postgresql",
		"estimate": {"bytes": 1000, "seconds": 1, "primary_unavailable_seconds": 0},
		"checks": [{"name": "identity", "server": "db4", "ok": true, "detail": null}],
		"steps": [{"id": "seed.db4", "server": "db4", "title": "copy the data from db1", "commands": ["cat > /db.json"], "disrupts": "", "destroys": "",
			"undo": "put back what was there"}]}`},
	{"db replicate enable shop/postgresql --replica db4 --yes", 0, `{"version": 1, "command": "db replicate enable", "target": "shop/postgresql",
		"changed": true, "exit_code": 0, "error": "", "hint": "",
		"steps": [{"id": "seed.db4", "server": "db4", "title": "copy the data from db1", "status": "done", "seconds": null}],
		"app_servers": [{"server": "web1", "ok": true, "changed": true, "error": ""}]}`},
	{"db replicate enable shop/postgresql --replica db9 --yes", 2, `{"version": 1, "command": "db replicate enable", "target": "shop/postgresql",
		"changed": false, "exit_code": 2, "error": null, "hint": null, "steps": [], "app_servers": []}`},
	{"db replicate enable shop/postgresql --no-such-flag", 2, `{"version": 1, "command": "db replicate enable", "changed": false, "exit_code": 2,
		"error": null, "hint": null, "steps": [], "app_servers": []}`},
	{"db replicate verify shop/postgresql --replica db2", 0, `{"version": 1, "target": "shop/postgresql", "equal": true,
		"replicas": [{"server": "db2", "equal": true, "compared": {"tables": 1, "rows": 10}, "differences": []}]}`},
	{"db replicate verify shop/postgresql --replica db3", 6, `{"version": 1, "target": "shop/postgresql", "equal": false,
		"replicas": [{"server": "db3", "equal": false, "compared": {"tables": 1, "rows": 10}, "differences": [{"object": "public.orders", "detail": null}]}]}`},
	{"check shop/postgresql", 0, `{"version": 1, "checks": [{"name": "identity", "server": "db2", "ok": true, "detail": null}]}`},
	{"env show shop", 0, `{"version": 1, "app": "shop", "variables": [{"name": "POSTGRESQL_ADDRESS", "value": "10.0.0.21"}]}`},
	{"db status nowhere", 2, `{"version": 1, "command": "db status", "exit_code": 2, "error": null, "hint": null}`},
	{"version", 0, `{"version": 1, "belt": null, "engines": ["postgresql"]}`},
}

func TestDocuments(t *testing.T) {
	for _, tt := range documents {
		t.Run(tt.args, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "belt.yaml")
			if err := os.WriteFile(path, []byte(`apps: {shop: {
  servers: {web1: {address: 203.0.113.11}, db1: {address: 203.0.113.21, internal: 10.0.0.21}, db2: {address: 203.0.113.22, internal: 10.0.0.22},
    db3: {address: 203.0.113.23, internal: 10.0.0.23}, db4: {address: 203.0.113.24}},
  databases: {postgresql: {servers: [db1, db2, db3]}}, env: {servers: [web1], file: /etc/shop.env}}}
`), 0o600); err != nil {
				t.Fatal(err)
			}
			w := &instant{state: map[string]string{
				"shop/db1": `{"role":"primary","rows":10,"version":"15.4","free":1000}`,
				"shop/db2": `{"role":"replica","follows":"shop/db1","rows":10,"version":"15.4","free":1000}`,
				"shop/db3": `{"role":"replica","follows":"shop/db1","rows":10,"version":"15.4","free":1000,"state":"stopped"}`,
				"shop/db4": `{"role":"standalone","rows":1,"version":"15.4","free":1000}`,
			}}
			if strings.Contains(tt.args, "verify") {
				w.state["shop/db3"] = `{"role":"replica","follows":"shop/db1","rows":9,"version":"15.4","free":1000}`
			}
			var out, progress bytes.Buffer
			b := &belt{
				stdin: strings.NewReader(""), stdout: &out, stderr: &progress, getenv: func(string) string { return "" },
				engines: ops.Engines{"postgresql": toy{}}, connect: w.open, locks: noLocks{},
				pusher: func(ops.Pushing) ops.Pusher { return noFiles{} },
				args:   append(strings.Fields(tt.args), "-o", "json", "-f", path),
			}
			if code := b.run(t.Context()); code != tt.code {
				t.Errorf("exit code %d, want %d: %s", code, tt.code, progress.String())
			}
			var got, want any
			decoder := json.NewDecoder(&out)
			if err := decoder.Decode(&got); err != nil {
				t.Fatal(err)
			}
			if decoder.More() {
				t.Error("stdout has more than one document")
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			has(t, "", want, got)
			for line := range strings.Lines(progress.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("progress is no JSON: %s", line)
				}
			}
		})
	}
}

// has demands that got has everything that want has. Lists begin alike; a list that is wanted empty is empty.
func has(t *testing.T, at string, want, got any) {
	t.Helper()
	switch w := want.(type) {
	case nil: // any value, but there
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s is %v, not an object", at, got)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(w)) {
			value, there := g[key]
			if !there {
				t.Errorf("%s.%s is missing", at, key)
				continue
			}
			has(t, at+"."+key, w[key], value)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) < len(w) || len(w) == 0 && len(g) > 0 {
			t.Errorf("%s is %v, want %v", at, got, want)
			return
		}
		for i := range w {
			has(t, at+"[]", w[i], g[i])
		}
	case string:
		if w == "null" && got == nil {
			return
		}
		if got != want {
			t.Errorf("%s is %v, want %v", at, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s is %v, want %v", at, got, want)
		}
	}
}
