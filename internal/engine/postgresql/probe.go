package postgresql

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// probeScript knocks at the primary's port from the replica's side. The refusal that a stranger gets tells more than an
// open port would: the address that the primary sees it come from, and whether it offers TLS.
const probeScript = `cd /
route=$(ip -o route get "$2" 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p' | head -n 1)
echo "source=$route"
"$1/psql" -X -q -At -w -d "host=$2 port=$3 user=belt_probe dbname=postgres replication=true sslmode=prefer connect_timeout=5 application_name=belt" -c IDENTIFY_SYSTEM 2>&1
exit 0`

// noEntry is how PostgreSQL refuses a stranger: "no pg_hba.conf entry for replication connection from host "10.0.0.22",
// user "belt_probe", SSL encryption" (auth.c; "SSL on" before 14).
var noEntry = regexp.MustCompile(`from host "([^"]+)", user "[^"]*", (?:SSL encryption|SSL on)|(?:from|for) host "([^"]+)"`)

// Probe knocks at the primary's port from the replica's server.
func (e *Engine) Probe(ctx context.Context, primary, replica replication.Facts, over string) replication.Link {
	p, r := nativeOf(primary), nativeOf(replica)
	link := replication.Link{
		Address: primary.Node.Address(replica.Node, over), Port: p.Port,
		From: replica.Node.Address(primary.Node, over),
	}
	if replica.Err != nil || !replica.Installed {
		link.Detail = "the replica's server could not be asked"
		return link
	}
	result, err := replica.Node.Runner.Run(ctx, remote.Command{
		Title: "knock at the primary's port", Script: probeScript, ReadOnly: true, As: r.Owner,
		Args: []string{r.BinDir, link.Address, strconv.Itoa(p.Port)},
	})
	if err != nil {
		link.Detail = err.Error()
		return link
	}
	readKnock(&link, result.Stdout, replica.Host.Addresses)
	return link
}

// readKnock makes sense of psql's answer.
func readKnock(link *replication.Link, answer string, own []string) {
	first, rest, _ := strings.Cut(answer, "\n")
	source := strings.TrimPrefix(first, "source=")
	rest = strings.TrimSpace(rest)
	link.Detail = reason(rest)
	switch m := noEntry.FindStringSubmatch(rest); {
	case m != nil:
		link.Reachable, link.HostUp = true, true
		link.From = m[1]
		if link.From == "" {
			link.From = m[2]
		}
		link.Encrypted = strings.Contains(rest, "SSL encryption") || strings.Contains(rest, "SSL on")
		return
	case strings.Contains(rest, "password authentication failed"), strings.Contains(rest, "no password supplied"),
		strings.Contains(rest, "does not exist"), strings.Contains(rest, "must be superuser or replication role"),
		strings.Contains(rest, "permission denied to start WAL sender"), strings.Contains(rest, "pg_hba.conf rejects"):
		link.Reachable, link.HostUp = true, true
	case strings.Contains(rest, "Connection refused"):
		link.HostUp = true
	}
	// The primary sees the source address of the route, unless it is translated on the way; then it is none that the
	// inventory knows, and the inventory's is the better guess.
	if source != "" && slices.Contains(own, source) && !slices.Contains(own, link.From) {
		return
	}
	if source != "" && slices.Contains(own, link.From) {
		link.From = source
	}
}

// reason is what psql says after the names that are known anyway: its first line, since the others only ask whether the
// server is running.
func reason(answer string) string {
	line, _, _ := strings.Cut(answer, "\n")
	for _, before := range []string{" failed: ", "could not connect to server: ", "psql: error: "} { // since 14, before, and else
		if _, after, ok := strings.Cut(line, before); ok {
			return after
		}
	}
	return line
}

func lastLine(s string) string {
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		s = s[i+1:]
	}
	return strings.TrimSpace(s)
}
