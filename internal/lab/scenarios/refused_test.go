//go:build lab

package scenarios

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// What cannot work is refused with a message that helps, and nothing was changed.

func TestBadInput(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1", "shop-eu/db1", "shop-eu/web1")
	servers := []*lab.Server{w.db1, w.db2, w.web1, w.Server("shop-eu", "db1"), w.Server("shop-eu", "web1")}
	before, inventory := labtest.StateOf(t, servers...), w.readsInventory()
	enable := func(args ...string) []string {
		return append([]string{"db", "replicate", "enable", shop}, args...)
	}
	db2 := enable("--replica", "db2")
	on := func(server *lab.Server, script string) func() {
		return func() { labtest.Exec(t, server, script) }
	}
	amended := func(old, new string) *labtest.CLI {
		text := strings.Replace(inventory, old, new, 1)
		if text == inventory {
			t.Fatalf("the inventory has no %q:\n%s", old, inventory)
		}
		path := filepath.Join(t.TempDir(), "belt.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return w.belt.With(path)
	}
	otherKey := filepath.Join(t.TempDir(), "key")
	otherHost := filepath.Join(t.TempDir(), "known_hosts")
	w.keys(otherKey, otherHost, w.db2)

	port, err := strconv.Atoi(w.Port())
	if err != nil {
		t.Fatal(err)
	}
	var endBusy func()

	for _, test := range []struct {
		name  string
		belt  *labtest.CLI // of the test's own inventory
		args  []string
		fault func()
		mend  func()
		code  int
		says  []string // of the error and the hint together
		apps  bool     // there have to be replicas between apps
	}{
		{name: "misspelt app", args: []string{"db", "replicate", "enable", strings.Replace(shop, "shop", "shp", 1), "--replica", "db2"}, code: 2, says: []string{"shp", "shop"}},
		{name: "misspelt database", args: []string{"db", "replicate", "enable", shop[:len(shop)-2], "--replica", "db2"}, code: 2, says: []string{shop}},
		{name: "misspelt server", args: enable("--replica", "bd2"), code: 2, says: []string{"bd2", "db2"}},
		{name: "a prefix of a server", args: enable("--replica", "db"), code: 2, says: []string{"db1", "db2"}},
		{name: "misspelt flag", args: enable("--replicas", "db2"), code: 2, says: []string{"--replica"}},
		{name: "no replica named", args: enable(), code: 2, says: []string{"--replica", "--from"}},
		{name: "the primary", args: enable("--replica", "db1"), code: 2, says: []string{"db1"}},
		{name: "itself", args: enable("--from", shop), code: 2, says: []string{shop}},
		{name: "no such inventory", args: append([]string{"-f", "/nowhere/belt.yaml"}, db2...), code: 2, says: []string{"/nowhere/belt.yaml"}},
		{name: "an unknown key and a tab", belt: amended("apps:\n", "apps:\n\tx: 1\n"), args: db2, code: 2, says: []string{"belt.yaml"}},
		{name: "a cycle between apps", args: enable("--from", shopEU), code: 2, says: []string{shopEU, "replica of"}, apps: true,
			fault: func() { w.belt.Do(t, 0, "db", "replicate", "enable", shopEU, "--from", shop) },
			mend: func() {
				w.belt.Do(t, 0, "db", "replicate", "undo", shopEU, "--replica", "db1")
			}},
		{name: "no such engine there", args: enable("--replica", "web1"), code: 3, says: []string{"web1", "not installed", "install"}},
		{name: "not running", args: db2, code: 3, says: []string{"db2", "not running", "systemctl start"},
			fault: func() { labtest.Systemctl(t, w.db2, "stop") }, mend: func() { labtest.Systemctl(t, w.db2, "start") }},
		{name: "written to", args: db2, code: 3, says: []string{"db2", "writ"},
			fault: func() { endBusy = w.Busy(t, w.db2) }, mend: func() { endBusy() }},
		{name: "port closed by a firewall", args: db2, code: 3, says: []string{"db2", w.db1.Internal.String() + ":" + w.Port(), "open port " + w.Port()},
			fault: func() { do(t, func(ctx context.Context) error { return w.db1.BlockPort(ctx, port) }) }, mend: func() { do(t, w.db1.Heal) }},
		{name: "sshd down", args: db2, code: 8, says: []string{"db2", w.db2.External.String(), "refused"},
			fault: on(w.db2, "systemctl stop ssh.socket ssh 2>/dev/null; systemctl stop ssh"), mend: on(w.db2, "systemctl start ssh; systemctl start ssh.socket 2>/dev/null || :")},
		{name: "server down", args: db2, code: 8, says: []string{"db2", w.db2.External.String()},
			fault: func() { do(t, func(ctx context.Context) error { return w.db2.BlockPort(ctx, 22) }) }, mend: func() { do(t, w.db2.Heal) }},
		{name: "another host key", belt: amended(w.KnownHosts(), otherHost), args: db2, code: 8, says: []string{"db2", "host key", "changed"}},
		{name: "an unknown host key", belt: amended(w.KnownHosts(), os.DevNull), args: db2, code: 8, says: []string{"host key"}},
		{name: "a key that is refused", belt: amended(w.Identity(), otherKey), args: db2, code: 8, says: []string{"deploy"}},
		{name: "no right to sudo", belt: amended("user: deploy", "user: nosudo"), args: db2, code: 3, says: []string{"sudo", "nosudo"}},
		{name: "sudo with a password", belt: amended("user: deploy", "user: asked"), args: db2, code: 3, says: []string{"sudo", "password"}},
		{name: "no folder for the variables", belt: amended(lab.EnvFile, "/etc/none/database.env"), args: db2, code: 3, says: []string{"web1", "/etc/none"}},
		{name: "a read-only folder for the variables", args: db2, code: 3, says: []string{"web1", "/etc/shop"},
			fault: on(w.web1, "mount -t tmpfs -o ro none /etc/shop"), mend: on(w.web1, "umount /etc/shop")},
		{name: "nothing to disable", args: []string{"db", "replicate", "disable", shop, "--replica", "db1"}, code: 3, says: []string{"db1", "primary"}},
		{name: "nothing to undo", args: []string{"db", "replicate", "undo", shop, "--replica", "db2"}, code: 3, says: []string{"db2", "kept"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.apps && w.Ways().OneApp {
				t.Skip("there are no replicas between apps")
			}
			belt := test.belt
			if belt == nil {
				belt = w.belt
			}
			if test.fault != nil {
				defer test.mend()
				test.fault()
			}
			r := belt.Do(t, test.code, test.args...)
			for _, want := range test.says {
				if !strings.Contains(r.Error+"\n"+r.Hint, want) {
					t.Errorf("no %q: %s", want, r.Ended)
				}
			}
			if r.Changed || r.Hint == "" && test.code != 2 {
				t.Errorf("%s", r.Ended)
			}
			t.Logf("exit code %d: %s (%s)", r.ExitCode, r.Error, r.Hint)
		})
	}
	// The cycle's own replica was there for a while.
	before.Unchanged(t, labtest.StateOf(t, servers...), labtest.Journal, `^shop(-eu)?/web1: .*/etc/shop`, `database\.env`, `/var/lib/belt/env`)
	if got := w.readsInventory(); got != inventory {
		t.Errorf("belt.yaml was changed:\n%s", got)
	}
}

// keys makes a key that no server accepts, and a known_hosts in which the server has another key than it shows.
func (w *world) keys(key, knownHosts string, server *lab.Server) {
	w.t.Helper()
	labtest.Run(w.t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		w.t.Fatal(err)
	}
	known, err := os.ReadFile(w.KnownHosts())
	if err != nil {
		w.t.Fatal(err)
	}
	address := server.External.String()
	lines := slices.DeleteFunc(strings.SplitAfter(string(known), "\n"), func(line string) bool { return strings.HasPrefix(line, address+",") })
	text := strings.Join(lines, "") + address + " " + string(public)
	if err := os.WriteFile(knownHosts, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}
