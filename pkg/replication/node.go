package replication

import "github.com/dbbelt/belt/pkg/remote"

// Node is one database server of a group, as the inventory names it, with the way to run commands there.
type Node struct {
	App      string
	Server   string // the name in the inventory
	Label    string // the name in messages: Server, or "app/server" from outside the target's app
	Database string // the database's name in the inventory, "postgresql"
	Engine   string // "postgresql"

	// Source is the key of the server that it is to replicate from where that is itself a replica, in a chain; empty for the
	// primary.
	Source string

	Internal string // address inside the app's own network; equals External where the inventory has none
	External string // address from anywhere

	Runner   remote.Runner
	Settings Settings
}

// Settings is what the inventory says of an instance; zero values are found on the server.
type Settings struct {
	Port      int
	ConfigDir string
	DataDir   string
	Service   string // the systemd unit
	// Admin is the account that Belt uses where the local superuser is not reachable through a socket.
	AdminUser     string
	AdminPassword func() (string, error) // nil when none is configured
}

// Address is where a peer reaches the node: over the external address between apps, else over the internal one.
// over is "internal", "address", or empty for that rule.
func (n Node) Address(peer Node, over string) string {
	switch {
	case over == "internal":
		return n.Internal
	case over == "address" || n.App != peer.App:
		return n.External
	default:
		return n.Internal
	}
}

// Same tells whether both are the same entry of the inventory.
func (n Node) Same(m Node) bool {
	return n.App == m.App && n.Server == m.Server && n.Database == m.Database
}

// Key names the node among all nodes of an inventory: "shop-eu/db1".
func (n Node) Key() string { return n.App + "/" + n.Server }
