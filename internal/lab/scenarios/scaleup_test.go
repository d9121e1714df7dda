//go:build lab

package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// A server without a database becomes a replica, and goes again.

// newBareWorld is a world of db1 and web1 whose db3 has no database, and is not in belt.yaml.
func newBareWorld(t *testing.T) (w *world, db3 *lab.Server) {
	t.Helper()
	if labtest.Engine() == lab.MongoDB {
		t.Skip("NOT RUN: mongod of the lab is in no package that a server could install")
	}
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	spec.Servers = slices.DeleteFunc(spec.Servers, func(s lab.ServerSpec) bool { return s.App != "shop" || s.Name == "web2" || s.Name == "db2" })
	spec.Servers = append(spec.Servers, lab.ServerSpec{App: "shop", Name: "db3", Kind: lab.Bare, Client: labtest.Engine()})
	w = worldOf(t, spec, 20, "shop/db1", "shop/web1", "shop/db3")
	db3 = w.Server("shop", "db3")
	if err := w.WriteInventory(w.Inventory(), w.db1, w.web1); err != nil {
		t.Fatal(err)
	}
	return w, db3
}

func TestScaleUp(t *testing.T) {
	w, db3 := newBareWorld(t)
	tune(t, w.db1)
	args := []string{"db", "scale-up", shop, "--server", "db3", "--address", db3.External.String(), "--internal", db3.Internal.String()}

	refused := w.belt.Do(t, 3, args...)
	if !strings.Contains(refused.Error, "no backups configured") {
		t.Errorf("%s", refused.Ended)
	}
	args = append(args, "--without-backups")
	writer := w.writer()
	w.belt.Do(t, 0, args...)
	w.follows(shop, "db3")
	w.variables(w.web1, map[string]string{"SLAVE_ADDRESSES": db3.Internal.String(), "SLAVE_ADDRESSES_EXT": db3.External.String()})
	for _, want := range []string{"db3: {address: " + db3.External.String(), "servers: [db1, db3]"} {
		if inventory := w.readsInventory(); !strings.Contains(inventory, want) {
			t.Errorf("belt.yaml has no %q:\n%s", want, inventory)
		}
	}
	verified(t, w.belt.Run(t, "db", "replicate", "verify", shop, "-o", "json").Want(t, 0), true)
	isTuned(t, db3)
	if left := labtest.Exec(t, db3, "ls /var/lib/belt/install.* 2>/dev/null | grep -v '[.]done$' || :"); left != "" {
		t.Errorf("left on db3: %s", left)
	}
	if again := w.belt.Do(t, 0, "db", "scale-up", shop, "--server", "db3", "--without-backups"); again.Changed {
		t.Errorf("twice: %s", again.Ended)
	}
	writes := labtest.NothingLost(t, writer, w.db1)
	if writes.Refused != 0 {
		t.Errorf("writes were refused: %s: %q", writes, writes.Errors)
	}

	w.belt.Do(t, 0, "db", "scale-down", shop, "--replica", "db3")
	w.follows(shop)
	w.apart(w.db1)
	w.variables(w.web1, map[string]string{"SLAVE_ADDRESSES": ""})
	if inventory := w.readsInventory(); strings.Contains(inventory, "db3") {
		t.Errorf("belt.yaml still has db3:\n%s", inventory)
	}
}

// A run that fails on the way leaves a server without a database, as it was.
func TestScaleUpIsTakenBack(t *testing.T) {
	w, db3 := newBareWorld(t)
	inventory := w.readsInventory()
	before := installed(t, db3)
	port := map[lab.Kind]int{lab.PostgreSQL: 5432, lab.Redis: 6379, lab.Valkey: 6379}[labtest.Engine()]
	if port == 0 {
		port = 3306
	}
	if err := w.db1.BlockPort(t.Context(), port); err != nil { // no way to the primary's database
		t.Fatal(err)
	}
	w.belt.Do(t, 1, "db", "scale-up", shop, "--server", "db3", "--address", db3.External.String(), "--internal", db3.Internal.String(), "--without-backups")
	if after := installed(t, db3); after != before {
		t.Errorf("packages before:\n%s\nafter:\n%s", before, after)
	}
	if w.readsInventory() != inventory {
		t.Errorf("belt.yaml:\n%s", w.readsInventory())
	}
	if left := labtest.Exec(t, db3, "ls /var/lib/belt/install.* 2>/dev/null || :"); left != "" {
		t.Errorf("left on db3: %s", left)
	}
}

// A provider makes the server: here it starts one of the lab's. One that fails half-way is asked to destroy it.
func TestScaleUpByProvider(t *testing.T) {
	w, db3 := newBareWorld(t)
	key := strings.SplitN(labtest.Exec(t, db3, "cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub"), "\n", 2)[0]
	dir := filepath.Dir(w.Inventory())
	script := fmt.Sprintf(`#!/bin/sh
set -eu
[ "$BELT_NAME" = db2 ] || exit 9
case $1 in
create)
	docker start %[1]s >&2
	[ ! -e %[2]s/broken ] || { echo 'quota exceeded' >&2; exit 1; }
	printf '{"address": "%[3]s", "internal": "%[4]s", "host_key": "%[5]s"}\n' ;;
destroy) docker kill %[1]s >&2 || : ;;
esac
`, db3.Container, dir, db3.External, db3.Internal, key)
	if err := os.WriteFile(filepath.Join(dir, "make-server"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		os.Remove(filepath.Join(dir, "make-server"))
		os.Remove(filepath.Join(dir, "broken"))
	})
	w.amend("apps:\n", "providers:\n  lab: {command: ./make-server}\napps:\n")
	if err := db3.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs := func() string { return labtest.Run(t, "docker", "inspect", "-f", "{{.State.Running}}", db3.Container) }

	if err := os.WriteFile(filepath.Join(dir, "broken"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	failed := w.belt.Do(t, 1, "db", "scale-up", shop, "--provider", "lab", "--without-backups")
	if !strings.Contains(failed.Error, "quota exceeded") || strings.TrimSpace(runs()) != "false" {
		t.Errorf("runs: %s: %s", runs(), failed.Ended)
	}
	os.Remove(filepath.Join(dir, "broken"))

	w.belt.Do(t, 0, "db", "scale-up", shop, "--provider", "lab", "--without-backups")
	w.follows(shop, "db2")
	if inventory := w.readsInventory(); !strings.Contains(inventory, "provider: lab") || !strings.Contains(inventory, key) {
		t.Errorf("belt.yaml:\n%s", inventory)
	}
	w.belt.Do(t, 0, "db", "scale-down", shop, "--replica", "db2")
	w.follows(shop)
	if strings.TrimSpace(runs()) != "false" {
		t.Error("the server was not destroyed")
	}
}

func installed(t *testing.T, server *lab.Server) string {
	t.Helper()
	return labtest.Exec(t, server, "dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sort")
}

// tune sets something on the primary that a replica has to have, too.
func tune(t *testing.T, db1 *lab.Server) {
	t.Helper()
	switch labtest.Engine() {
	case lab.PostgreSQL:
		labtest.Exec(t, db1, `v=$(ls /etc/postgresql); echo "work_mem = 7MB
max_connections = 123" >"/etc/postgresql/$v/main/conf.d/ours.conf"; systemctl restart "postgresql@$v-main"`)
		labtest.PSQLIn(t, db1, lab.Database, "CREATE EXTENSION pg_trgm")
	case lab.MariaDB, lab.MySQL:
		labtest.Exec(t, db1, `d=/etc/mysql/mariadb.conf.d; [ -d $d ] || d=/etc/mysql/mysql.conf.d; printf '[mysqld]\nmax_connections = 123\n' >$d/70-ours.cnf; systemctl restart mysql`)
	default:
		labtest.Cli(t, db1, "CONFIG", "SET", "maxclients", "1234")
	}
	if err := db1.WaitDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func isTuned(t *testing.T, db3 *lab.Server) {
	t.Helper()
	var got, want string
	switch labtest.Engine() {
	case lab.PostgreSQL:
		got, want = labtest.Exec(t, db3, `runuser -u postgres -- psql -XAtc "SELECT current_setting('work_mem'), current_setting('max_connections')"`), "7MB|123"
	case lab.MariaDB, lab.MySQL:
		got, want = labtest.Exec(t, db3, "mysql -N -e 'SELECT @@max_connections'"), "123"
	default:
		got, want = labtest.Exec(t, db3, `"$1-cli" -a "$2" --no-auth-warning CONFIG GET maxclients | tail -n 1`, string(labtest.Engine()), lab.Password), "1234"
	}
	if got != want {
		t.Errorf("db3 is not tuned: %q, want %q", got, want)
	}
}
