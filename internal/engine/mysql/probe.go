package mysql

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// probeScript knocks at the primary's port from the replica's side. The refusal that a stranger gets tells more than an
// open port would: the address that the primary sees it come from. $1 client, $2 address, $3 port, $4 its option for no TLS.
const probeScript = `cd /
echo "source=$(ip -o route get "$2" 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p' | head -n 1)"
"$1" --no-defaults --protocol=tcp --host="$2" --port="$3" --user=belt_probe "$4" --connect-timeout=5 --batch -e 'SELECT 1' 2>&1
exit 0`

// refusal is how both servers refuse a stranger: "Access denied for user 'belt_probe'@'10.0.0.22'" (1045), or "Host
// '10.0.0.22' is not allowed to connect" (1130). Where the server resolves names it shows one.
var refusal = regexp.MustCompile(`ERROR (?:1045|1130|1698|1129).*?(?:'@'|Host ')([^']*)'`)

// plainOption makes a client connect without TLS, which a stranger could not verify.
func (f flavour) plainOption() string {
	if f == mariaDB {
		return "--skip-ssl"
	}
	return "--ssl-mode=DISABLED"
}

// Probe knocks at the primary's port from the replica's server, and finds the way for a copy between them.
func (e *Engine) Probe(ctx context.Context, primary, replica replication.Facts, over string) replication.Link {
	p, r := nativeOf(primary), nativeOf(replica)
	link := replication.Link{
		Address: primary.Node.Address(replica.Node, over), Port: p.Port, From: replica.Node.Address(primary.Node, over),
		Encrypted: p.offersTLS(),
	}
	if replica.Err != nil || !replica.Installed {
		link.Detail = "the replica's server could not be asked"
		return link
	}
	result, err := replica.Node.Runner.Run(ctx, remote.Command{
		Title: "knock at the primary's port", Script: probeScript, ReadOnly: true, As: "root",
		Args: []string{r.Client, link.Address, strconv.Itoa(p.Port), e.flavour.plainOption()},
	})
	if err != nil {
		link.Detail = err.Error()
		return link
	}
	readKnock(&link, result.Stdout, replica.Host.Addresses)
	if primary.Err == nil && (e.flavour == mariaDB || whyDump(primary, replica) != "") {
		link.Native = e.way(ctx, primary, replica, over)
	}
	return link
}

// way finds how a backup's stream gets from the primary to the replica.
func (e *Engine) way(ctx context.Context, primary, replica replication.Facts, over string) transfer.Path {
	path, err := e.mover.Probe(ctx,
		transfer.Place{Runner: primary.Node.Runner, Arch: primary.Host.Arch, Address: primary.Node.Address(replica.Node, over)},
		transfer.Place{Runner: replica.Node.Runner, Arch: replica.Host.Arch, Address: replica.Node.Address(primary.Node, over)})
	if err != nil {
		path.Detail = err.Error()
	}
	return path
}

// offersTLS tells whether the server lets clients encrypt. MySQL says so in a table from 8.0.21, and has no have_ssl from 8.4.
func (n *native) offersTLS() bool {
	if n.TLS != "" {
		return strings.EqualFold(n.TLS, "yes")
	}
	return n.value("have_ssl") == "YES" || n.flavour == mySQL && n.value("have_ssl") == ""
}

// readKnock makes sense of the client's answer.
func readKnock(link *replication.Link, answer string, own []string) {
	first, rest, _ := strings.Cut(answer, "\n")
	source := strings.TrimPrefix(first, "source=")
	rest = strings.TrimSpace(rest)
	link.Detail = rest
	if m := refusal.FindStringSubmatch(rest); m != nil {
		link.Reachable, link.HostUp = true, true
		if _, err := netip.ParseAddr(m[1]); err == nil {
			link.From = m[1]
			return
		}
	}
	switch {
	case strings.Contains(rest, "ERROR 3159"), strings.Contains(rest, "ERROR 2026"), strings.Contains(rest, "ERROR 1251"):
		link.Reachable, link.HostUp = true, true // it wants TLS, or another way to log in
	case strings.Contains(rest, "(111"), strings.Contains(rest, "onnection refused"):
		link.HostUp = true
	}
	// The primary sees the source address of the route, unless it is translated on the way; then it is none that the
	// inventory knows, and the inventory's is the better guess.
	if source != "" && slices.Contains(own, link.From) {
		link.From = source
	}
}
