package answers

import (
	"net/netip"
	"strings"

	"github.com/dbbelt/belt/internal/lab"
)

// network is the part of an address that all of its /24 share: "10.0.0.".
func network(a netip.Addr) string {
	text := a.String()
	return text[:strings.LastIndexByte(text, '.')+1]
}

// Neutral puts documentation addresses in the place of the lab's.
func Neutral(l *lab.Lab, text string) string {
	var pairs, networks []string
	for i, s := range l.Servers() {
		pairs = append(pairs, s.External.String(), "203.0.113.2"+string(rune('1'+i)), s.Internal.String(), "10.0.0.2"+string(rune('1'+i)))
		networks = append(networks, network(s.External), "203.0.113.", network(s.Internal), "10.0.0.")
	}
	pairs = append(pairs, networks...) // the first that fits is replaced
	return strings.NewReplacer(pairs...).Replace(text)
}
