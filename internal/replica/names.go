package replica

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// Name is the name of everything that the primary holds for one replica, of at most longest characters: letters, digits
// and underscores. It is the same in every run, so that a second run finds what the first one made.
func Name(n replication.Node, longest int) string {
	exact := n.App + "/" + n.Server
	if n.Database != n.Engine && n.Database != "" {
		exact += "/" + n.Database
	}
	plain := true
	name := "belt_" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r == '/':
			return '_'
		default:
			plain = false
			return '_'
		}
	}, exact)
	if plain && len(name) <= longest {
		return name
	}
	// Two names may fold into one ("shop-eu", "shop_eu"): a piece of the exact name's hash keeps them apart.
	sum := sha256.Sum256([]byte(exact))
	suffix := "_" + hex.EncodeToString(sum[:3])
	if len(name) > longest-len(suffix) {
		name = name[:longest-len(suffix)]
	}
	return name + suffix
}
