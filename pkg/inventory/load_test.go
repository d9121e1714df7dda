package inventory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const wholeInventory = `ssh:
  user: deploy
  port: 22
  identity_file: ~/.ssh/id_ed25519
  known_hosts: keys/known_hosts
  jump: bastion.example.com
apps:
  shop:
    servers:
      web1: {address: 203.0.113.11, internal: 10.0.0.11}
      web2: {address: 203.0.113.12, internal: 10.0.0.12}
      db1:  {address: 203.0.113.21, internal: 10.0.0.21}
      db2:  {address: 203.0.113.22, internal: 10.0.0.22, ssh: {user: root, port: 2222}}
    databases:
      postgresql:
        servers: [db1, db2]
        credentials: {username: shop, database: 007, password_file: secrets/shop}
        admin: {username: postgres, password_file: /etc/belt/admin}
        port: 5433
        config_dir: /etc/postgresql/15/main
        data_dir: /srv/postgresql
        service: postgresql@15-main
        replicate_over: address
      sessions: {engine: redis, servers: [db1]}
    env:
      servers: [web1, web2]
      file: /etc/shop/database.env
      format: systemd
      apply: |
        systemctl reload shop
        logger done
    backups: {server: db2, directory: /var/backups/belt, keep: 14}
  shop-eu:
    servers: {db1: {address: "2001:db8::1"}}
    databases: {postgresql: {servers: [db1], source: shop/postgresql}}
    env: {file: /etc/shop.env}
  blog:
providers:
  hetzner: {command: ./create-server}
  other: {command: create-server}
`

func TestLoadReadsEveryKey(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	path := filepath.Join(dir, "belt.yaml")
	if err := os.WriteFile(path, []byte(wholeInventory), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	ssh := SSH{
		User: "deploy", Port: 22, Jump: "bastion.example.com",
		IdentityFile: filepath.Join(home, ".ssh/id_ed25519"), KnownHosts: filepath.Join(dir, "keys/known_hosts"),
	}
	ownSSH := ssh
	ownSSH.User, ownSSH.Port = "root", 2222
	want := &Inventory{
		Path: path, Hash: hash([]byte(wholeInventory)), SSH: ssh,
		Apps: []App{{
			Name: "shop",
			Servers: []Server{
				{App: "shop", Name: "web1", Address: "203.0.113.11", Internal: "10.0.0.11", SSH: ssh},
				{App: "shop", Name: "web2", Address: "203.0.113.12", Internal: "10.0.0.12", SSH: ssh},
				{App: "shop", Name: "db1", Address: "203.0.113.21", Internal: "10.0.0.21", SSH: ssh},
				{App: "shop", Name: "db2", Address: "203.0.113.22", Internal: "10.0.0.22", SSH: ownSSH},
			},
			Databases: []Database{{
				App: "shop", Name: "postgresql", Engine: PostgreSQL, Servers: []string{"db1", "db2"},
				Credentials: Credentials{Username: "shop", Database: "007", PasswordFile: filepath.Join(dir, "secrets/shop")},
				Admin:       Credentials{Username: "postgres", PasswordFile: "/etc/belt/admin"},
				Port:        5433, ConfigDir: "/etc/postgresql/15/main", DataDir: "/srv/postgresql",
				Service: "postgresql@15-main", ReplicateOver: "address",
			}, {
				App: "shop", Name: "sessions", Engine: Redis, Servers: []string{"db1"},
			}},
			Env: Env{
				Servers: []string{"web1", "web2"}, File: "/etc/shop/database.env", Format: "systemd",
				Apply: "systemctl reload shop\nlogger done\n",
			},
			Backups: Backups{Server: "db2", Directory: "/var/backups/belt", Keep: 14},
		}, {
			Name:    "shop-eu",
			Servers: []Server{{App: "shop-eu", Name: "db1", Address: "2001:db8::1", SSH: ssh}},
			Databases: []Database{{
				App: "shop-eu", Name: "postgresql", Engine: PostgreSQL, Servers: []string{"db1"}, Source: "shop/postgresql",
			}},
			Env: Env{File: "/etc/shop.env", Format: "dotenv"},
		}, {
			Name: "blog",
		}},
		Providers: []Provider{
			{Name: "hetzner", Command: filepath.Join(dir, "create-server")},
			{Name: "other", Command: "create-server"},
		},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreTypes(Pos{}), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := got.Apps[0].Databases[0].Pos.Line; got != 15 {
		t.Errorf("shop/postgresql is on line %d, want 15", got)
	}
}

func TestLoadOfWhatIsNoInventory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "huge.yaml"), make([]byte, sizeLimit+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"none.yaml": "no such file",
		".":         "is a directory",
		"huge.yaml": "is larger than",
	} {
		_, err := Load(filepath.Join(dir, name))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// TestBytesThatAreNoYAML holds what cannot be written into a readable case file.
func TestBytesThatAreNoYAML(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"tabs": {
			"apps:\n\tshop:\n\t  servers: {}\n  \tblog: {}\n",
			"belt.yaml:2: a tab in the indentation: YAML wants spaces, use two for each level\n" +
				"belt.yaml:3: a tab in the indentation: YAML wants spaces, use two for each level\n" +
				"belt.yaml:4: a tab in the indentation: YAML wants spaces, use two for each level\n",
		},
		"tab behind a value": {"apps: {shop: {}}\t# fine\n", ""},
		"tab before a comment": {
			"apps:\n\t# the parser minds\n  shop: {}\n",
			"belt.yaml:2: a tab in the indentation: YAML wants spaces, use two for each level\n",
		},
		"control character": {"apps:\n  shop: {}\n\x01\n", "belt.yaml:3: not readable as YAML: control characters are not allowed\n"},
		"Latin-1":           {"apps:\n  # gr\xfc\xdfe\n  shop: {}\n", "belt.yaml:2: this is not UTF-8: save the file in that encoding\n"},
		"byte order mark":   {"\ufeffapps:\r\n  shop: {}\r\n", ""},
		"escape in a value": {"ssh: {user: \"a\\0b\"}\napps: {shop: {}}\n", "belt.yaml:1: ssh: user: holds a control character or a line break\n"},
		"deep nesting":      {strings.Repeat("[", 20000), "belt.yaml:1: not readable as YAML: exceeded max depth of 10000\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(test.want, problemsOf(t, test.text)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestMergesThatMultiply takes no time: each level merges the one before twice.
func TestMergesThatMultiply(t *testing.T) {
	var b strings.Builder
	b.WriteString("apps:\n  a0: &a0 {}\n")
	for level := 1; level < 40; level++ {
		name, before := "a"+string(rune('0'+level/10))+string(rune('0'+level%10)), "a0"
		if level > 1 {
			before = "a" + string(rune('0'+(level-1)/10)) + string(rune('0'+(level-1)%10))
		}
		b.WriteString("  " + name + ": &" + name + " {<<: [*" + before + ", *" + before + "]}\n")
	}
	if got := problemsOf(t, b.String()); !strings.Contains(got, "too many of them") {
		t.Errorf("problems: %q", got)
	}
}
