package lab

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/inventory"
)

func testLab(t *testing.T) *Lab {
	t.Helper()
	l := &Lab{Name: "demo", Suite: "bookworm", Dir: "/lab"}
	for i, spec := range Standard("demo", "bookworm", "").Servers {
		l.servers = append(l.servers, &Server{ServerSpec: spec, lab: l,
			External: netip.AddrFrom4([4]byte{10, 88, 0, byte(firstHost + i)}),
			Internal: netip.AddrFrom4([4]byte{10, 87, 0, byte(firstHost + i)})})
	}
	return l
}

func TestWriteInventory(t *testing.T) {
	l := testLab(t)
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
	l := testLab(t)
	if _, err := l.Find("shop/db1", "shop/db9"); err == nil || err.Error() != `lab demo has no server "shop/db9"` {
		t.Errorf("an unknown server: %v", err)
	}
	if l.Server("shop-eu", "db1") == l.Server("shop", "db1") {
		t.Error("two apps share a server")
	}
}
