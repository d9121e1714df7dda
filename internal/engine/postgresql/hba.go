package postgresql

import (
	"fmt"
	"net/netip"
	"strings"
)

// hbaLine is a line of pg_hba.conf that Belt wrote; the comment at its end names the replica it is for.
type hbaLine struct {
	Name string // the replica's role and slot
	Text string
}

const hbaMark = "# belt:"

func hbaLines(lines []string) []hbaLine {
	var out []hbaLine
	for _, l := range lines {
		if _, name, ok := strings.Cut(l, hbaMark); ok {
			out = append(out, hbaLine{Name: strings.TrimSpace(name), Text: strings.TrimSpace(l)})
		}
	}
	return out
}

// hbaRules are the lines that let one replica in: for the stream of changes, and for the one database that pg_rewind
// and Belt's own proof of access need. Encrypted only where the data leaves the app's own network.
func hbaRules(name, role, address string, encrypted bool) []string {
	kind := "host"
	if encrypted {
		kind = "hostssl"
	}
	rule := func(db string) string {
		return fmt.Sprintf("%s %s %s %s scram-sha-256 %s%s", kind, db, role, hostMask(address), hbaMark, name)
	}
	return []string{rule("replication"), rule("postgres")}
}

// hostMask is the address as pg_hba.conf wants a single host: "10.0.0.22/32". A name stays a name.
func hostMask(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	return fmt.Sprintf("%s/%d", ip, ip.BitLen())
}
