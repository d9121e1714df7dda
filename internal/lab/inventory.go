package lab

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// EnvFile is where the inventory has an app's variables written.
const EnvFile = "/etc/shop/database.env"

// WriteInventory writes a belt.yaml to path: the servers named, all of them
// when none is, and for each app and engine with a server the first one as the
// member of a database that is called as the engine. Paths in it are absolute.
func (l *Lab) WriteInventory(path string, servers ...*Server) error {
	if len(servers) == 0 {
		servers = l.servers
	}
	if err := os.WriteFile(path, []byte(l.inventory(servers)), 0o644); err != nil {
		return fmt.Errorf("lab %s: inventory: %w", l.Name, err)
	}
	return nil
}

func (l *Lab) inventory(servers []*Server) string {
	var out strings.Builder
	fmt.Fprintf(&out, `# The lab %q: Debian %s servers in containers on this machine.
ssh:
  user: deploy
  identity_file: %s
  known_hosts: %s

apps:
`, l.Name, l.Suite, l.Identity(), l.KnownHosts())
	for _, app := range apps(servers) {
		fmt.Fprintf(&out, "  %s:\n    servers:\n", app)
		var webs []string
		for _, server := range servers {
			if server.App != app {
				continue
			}
			fmt.Fprintf(&out, "      %s: {address: %s, internal: %s}\n", server.Name, server.External, server.Internal)
			if server.Kind == Web {
				webs = append(webs, server.Name)
			}
		}
		head := "    databases:\n"
		for _, engine := range Engines() {
			if primary := l.primary(app, engine); slices.Contains(servers, primary) {
				fmt.Fprintf(&out, "%s      %s:\n        servers: [%s]\n        credentials: {%s}\n", head, engine, primary.Name, l.credentials(engine))
				head = ""
			}
		}
		if len(webs) > 0 {
			fmt.Fprintf(&out, "    env:\n      servers: [%s]\n      file: %s\n      apply: systemctl reload shop\n", strings.Join(webs, ", "), EnvFile)
		}
	}
	return out.String()
}

// credentials are what an app logs in with. Redis has one password, for everybody.
func (l *Lab) credentials(engine Kind) string {
	if engine == Redis || engine == Valkey {
		return "password_file: " + l.PasswordFile()
	}
	return fmt.Sprintf("username: %s, database: %s, password_file: %s", User, Database, l.PasswordFile())
}

// apps are the servers' apps, in the order of their first server.
func apps(servers []*Server) []string {
	var apps []string
	for _, server := range servers {
		if !slices.Contains(apps, server.App) {
			apps = append(apps, server.App)
		}
	}
	return apps
}
