package inventory

import (
	"strings"
	"testing"
)

const lentCredentials = `apps:
  shop:
    servers: {db1: {address: 10.0.0.1}}
    databases:
      postgresql: {servers: [db1], credentials: {username: shop, database: shop, password_file: secrets/shop}}
  eu:
    servers: {db1: {address: 10.0.0.2}}
    databases:
      postgresql:
        servers: [db1] # the only one
%s
`

func TestTakeCredentials(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"a block": {
			"        credentials:\n          username: eu # of old\n          password_file: ~/secrets/eu",
			"        credentials:\n          username: shop # of old\n          database: shop\n          password_file: secrets/shop",
		},
		"on a line": {
			"        credentials: {username: 'eu', database: eu}",
			"        credentials: {username: 'shop', database: shop, password_file: secrets/shop}",
		},
		"none": {
			"        port: 5432",
			"        credentials: {username: shop, database: shop, password_file: secrets/shop}\n        port: 5432",
		},
		"the same": {
			"        credentials: {username: shop, database: shop, password_file: ./secrets/shop}",
			"        credentials: {username: shop, database: shop, password_file: ./secrets/shop}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(lentCredentials, "%s", c.before, 1)
			inv, err := parse("/srv/belt.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			e := &Editor{path: "/srv/belt.yaml", text: []byte(text), inv: inv}
			if err := e.TakeCredentials("eu", "postgresql", "shop/postgresql", "username", "database", "password_file"); err != nil {
				t.Fatal(err)
			}
			if want := strings.Replace(lentCredentials, "%s", c.after, 1); string(e.text) != want {
				t.Errorf("got\n%s\nwant\n%s", e.text, want)
			}
		})
	}
}
