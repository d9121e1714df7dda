package lab

import (
	"fmt"
	"os"
	"strings"
)

// EnvFile is where the inventory has an app's variables written.
const EnvFile = "/etc/shop/database.env"

// WriteInventory writes a belt.yaml for the lab to path: every server, and for
// each app with a database server the first one as the member of "postgresql".
// Paths in it are absolute.
func (l *Lab) WriteInventory(path string) error {
	if err := os.WriteFile(path, []byte(l.inventory()), 0o644); err != nil {
		return fmt.Errorf("lab %s: inventory: %w", l.Name, err)
	}
	return nil
}

func (l *Lab) inventory() string {
	var out strings.Builder
	fmt.Fprintf(&out, `# The lab %q: Debian %s servers in containers on this machine.
ssh:
  user: deploy
  identity_file: %s
  known_hosts: %s

apps:
`, l.Name, l.Suite, l.Identity(), l.KnownHosts())
	for _, app := range l.apps() {
		fmt.Fprintf(&out, "  %s:\n    servers:\n", app)
		var webs []string
		for _, server := range l.servers {
			if server.App != app {
				continue
			}
			fmt.Fprintf(&out, "      %s: {address: %s, internal: %s}\n", server.Name, server.External, server.Internal)
			if server.Kind == Web {
				webs = append(webs, server.Name)
			}
		}
		if primary := l.primary(app); primary != nil {
			fmt.Fprintf(&out, `    databases:
      postgresql:
        servers: [%s]
        credentials: {username: %s, database: %s, password_file: %s}
`, primary.Name, User, Database, l.PasswordFile())
		}
		if len(webs) > 0 {
			fmt.Fprintf(&out, "    env:\n      servers: [%s]\n      file: %s\n", strings.Join(webs, ", "), EnvFile)
		}
	}
	return out.String()
}

// apps are the apps in the order of their first server.
func (l *Lab) apps() []string {
	var apps []string
	seen := map[string]bool{}
	for _, server := range l.servers {
		if !seen[server.App] {
			seen[server.App] = true
			apps = append(apps, server.App)
		}
	}
	return apps
}
