package redis

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// probeScript knocks at the primary's port from the replica's side: a stranger's PING is answered, refused or denied, and
// each tells that the way is open. $1 client, $2 address, $3 port, $4 tls or plain.
const probeScript = `cd /
route=$(ip -o route get "$2" 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p' | head -n 1)
echo "source=$route"
REDISCLI_RCFILE=/dev/null VALKEYCLI_RCFILE=/dev/null
export REDISCLI_RCFILE VALKEYCLI_RCFILE
if [ "$4" = tls ]; then set -- "$1" "$2" "$3" --tls; else set -- "$1" "$2" "$3"; fi
client=$1 address=$2 port=$3
shift 3
timeout 5 "$client" -h "$address" -p "$port" "$@" PING 2>&1 </dev/null
[ $? != 124 ] || echo "no answer within 5 s"
exit 0`

// Probe knocks at the primary's port from the replica's server.
func (e *Engine) Probe(ctx context.Context, primary, target replication.Facts, over string) replication.Link {
	p, t := nativeOf(primary), nativeOf(target)
	link := replication.Link{
		Address: primary.Node.Address(target.Node, over), Port: p.Port, From: target.Node.Address(primary.Node, over),
	}
	tls := "plain"
	if overTLS(primary, target) {
		if link.Port = int(p.setting("tls-port")); link.Port == 0 {
			link.Port = tlsPort(p)
		}
		tls = "tls"
	}
	client := t.Client
	if client == "" {
		client = strings.TrimSuffix(t.Program, "-server") + "-cli"
	}
	if target.Err != nil || t.Program == "" {
		link.Detail = "the replica's server could not be asked"
		return link
	}
	result, err := target.Node.Runner.Run(ctx, remote.Command{
		Title: "knock at the primary's port", Script: probeScript, ReadOnly: true, As: "root",
		Args: []string{client, link.Address, strconv.Itoa(link.Port), tls},
	})
	if err != nil {
		link.Detail = err.Error()
		return link
	}
	readKnock(&link, result.Stdout, target.Host.Addresses)
	return link
}

// readKnock makes sense of the client's answer.
func readKnock(link *replication.Link, answer string, own []string) {
	first, rest, _ := strings.Cut(answer, "\n")
	rest = strings.TrimSpace(rest)
	link.Detail, _, _ = strings.Cut(rest, "\n")
	switch {
	case rest == "PONG", strings.HasPrefix(rest, "NOAUTH"), strings.HasPrefix(rest, "NOPERM"), strings.HasPrefix(rest, "ERR"), strings.HasPrefix(rest, "LOADING"):
		link.Reachable, link.HostUp = true, true
	case strings.Contains(rest, "-DENIED"), strings.Contains(rest, "DENIED Redis"), strings.Contains(rest, "DENIED "):
		link.Reachable, link.HostUp, link.Detail = true, true, denied
	case strings.Contains(rest, "SSL"), strings.Contains(rest, "certificate"):
		link.Reachable, link.HostUp, link.Encrypted = true, true, true
	case strings.Contains(rest, "Connection refused"):
		link.HostUp = true
	}
	source := strings.TrimPrefix(first, "source=")
	// The primary sees the source address of the route, unless it is translated on the way.
	if source != "" && slices.Contains(own, source) && slices.Contains(own, link.From) {
		link.From = source
	}
}

// denied is the detail of a link on which protected-mode turns the replica away.
const denied = "protected-mode turns it away"
