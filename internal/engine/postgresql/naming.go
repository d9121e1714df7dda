package postgresql

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// maxName is PostgreSQL's limit for identifiers and slot names (NAMEDATALEN - 1).
const maxName = 63

// replicaName is the name of everything that the primary holds for one replica: its role, its slot, its lines in
// pg_hba.conf. It is the same in every run, so that a second run finds what the first one made.
func replicaName(n replication.Node) string {
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
	if plain && len(name) <= maxName {
		return name
	}
	// Two names may fold into one ("shop-eu", "shop_eu"): a piece of the exact name's hash keeps them apart.
	sum := sha256.Sum256([]byte(exact))
	suffix := "_" + hex.EncodeToString(sum[:3])
	if len(name) > maxName-len(suffix) {
		name = name[:maxName-len(suffix)]
	}
	return name + suffix
}
