package lab

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/inventory"
)

func testLab(t *testing.T, engine Kind) *Lab {
	t.Helper()
	l := &Lab{Name: "demo", Suite: engine.DefaultSuite(), Dir: "/lab"}
	for i, spec := range Standard(engine, "demo", l.Suite, "").Servers {
		l.servers = append(l.servers, &Server{ServerSpec: spec, lab: l,
			External: netip.AddrFrom4([4]byte{10, 88, 0, byte(firstHost + i)}),
			Internal: netip.AddrFrom4([4]byte{10, 87, 0, byte(firstHost + i)})})
	}
	return l
}

func TestWriteInventory(t *testing.T) {
	l := testLab(t, PostgreSQL)
	const head = `# The lab "demo": Debian bookworm servers in containers on this machine.
ssh:
  user: deploy
  identity_file: /lab/id_ed25519
  known_hosts: /lab/known_hosts

apps:
`
	for _, test := range []struct {
		name string
		ids  []string
		want string
	}{
		{"all", nil, head + `  shop:
    servers:
      web1: {address: 10.88.0.11, internal: 10.87.0.11}
      web2: {address: 10.88.0.12, internal: 10.87.0.12}
      db1: {address: 10.88.0.13, internal: 10.87.0.13}
      db2: {address: 10.88.0.14, internal: 10.87.0.14}
    databases:
      postgresql:
        servers: [db1]
        credentials: {username: shop, database: shop, password_file: /lab/secrets/shop}
    env:
      servers: [web1, web2]
      file: /etc/shop/database.env
      apply: systemctl reload shop
  shop-eu:
    servers:
      web1: {address: 10.88.0.15, internal: 10.87.0.15}
      db1: {address: 10.88.0.16, internal: 10.87.0.16}
    databases:
      postgresql:
        servers: [db1]
        credentials: {username: shop, database: shop, password_file: /lab/secrets/shop}
    env:
      servers: [web1]
      file: /etc/shop/database.env
      apply: systemctl reload shop
`},
		{"only the databases of one app", []string{"shop/db1", "shop/db2"}, head + `  shop:
    servers:
      db1: {address: 10.88.0.13, internal: 10.87.0.13}
      db2: {address: 10.88.0.14, internal: 10.87.0.14}
    databases:
      postgresql:
        servers: [db1]
        credentials: {username: shop, database: shop, password_file: /lab/secrets/shop}
`},
		{"no database server", []string{"shop/web2"}, head + `  shop:
    servers:
      web2: {address: 10.88.0.12, internal: 10.87.0.12}
    env:
      servers: [web2]
      file: /etc/shop/database.env
      apply: systemctl reload shop
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			servers, err := l.Find(test.ids...)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "belt.yaml")
			if err := l.WriteInventory(path, servers...); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Error(diff)
			}
			if _, err := inventory.Load(path); err != nil {
				t.Errorf("Belt refuses it: %v", err)
			}
		})
	}
}

func TestFind(t *testing.T) {
	l := testLab(t, PostgreSQL)
	if _, err := l.Find("shop/db1", "shop/db9"); err == nil || err.Error() != `lab demo has no server "shop/db9"` {
		t.Errorf("an unknown server: %v", err)
	}
	if l.Server("shop-eu", "db1") == l.Server("shop", "db1") {
		t.Error("two apps share a server")
	}
}

func TestInventoryOfEveryEngine(t *testing.T) {
	for _, engine := range Engines() {
		t.Run(string(engine), func(t *testing.T) {
			l := testLab(t, engine)
			l.Dir = t.TempDir()
			path := filepath.Join(l.Dir, "belt.yaml")
			if err := l.WriteInventory(path); err != nil {
				t.Fatal(err)
			}
			got, err := inventory.Load(path)
			if err != nil {
				t.Fatalf("Belt refuses it: %v", err)
			}
			for _, app := range got.Apps {
				if db := app.Databases; len(db) != 1 || !cmp.Equal(db[0].Servers, []string{"db1"}) || db[0].Engine != string(engine) || db[0].Credentials.PasswordFile == "" {
					t.Errorf("%s: %+v", app.Name, db)
				}
			}
		})
	}
}

func TestInventoryOfSeveralEngines(t *testing.T) {
	l := testLab(t, PostgreSQL)
	for i, kind := range []Kind{Redis, Redis, MariaDB} {
		l.servers = append(l.servers, &Server{ServerSpec: ServerSpec{App: "shop", Name: []string{"cache1", "cache2", "sql1"}[i], Kind: kind}, lab: l,
			External: netip.AddrFrom4([4]byte{10, 88, 0, byte(30 + i)}), Internal: netip.AddrFrom4([4]byte{10, 87, 0, byte(30 + i)})})
	}
	path := filepath.Join(t.TempDir(), "belt.yaml")
	if err := l.WriteInventory(path); err != nil {
		t.Fatal(err)
	}
	got, err := inventory.Load(path)
	if err != nil {
		t.Fatalf("Belt refuses it: %v", err)
	}
	members := map[string][]string{}
	for _, db := range got.Apps[0].Databases {
		members[db.Name] = db.Servers
	}
	want := map[string][]string{"postgresql": {"db1"}, "redis": {"cache1"}, "mariadb": {"sql1"}}
	if diff := cmp.Diff(want, members); diff != "" {
		t.Error(diff)
	}
}
