package mysql

import (
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestKnocksTellTheWay(t *testing.T) {
	own := []string{"127.0.0.1", "10.0.0.22", "10.9.0.22"}
	for name, c := range map[string]struct {
		answer            string
		reachable, hostUp bool
		from              string
	}{
		"refused by password": {
			"source=10.0.0.22\nERROR 1045 (28000): Access denied for user 'belt_probe'@'10.0.0.22' (using password: NO)", true, true, "10.0.0.22"},
		"seen from elsewhere": {
			"source=10.0.0.22\nERROR 1045 (28000): Access denied for user 'belt_probe'@'203.0.113.9' (using password: NO)", true, true, "203.0.113.9"},
		"no host of that name": {
			"source=10.9.0.22\nERROR 1130 (HY000): Host '10.9.0.22' is not allowed to connect to this MariaDB server", true, true, "10.9.0.22"},
		"resolved to a name": {
			"source=10.9.0.22\nERROR 1045 (28000): Access denied for user 'belt_probe'@'db2.example.com' (using password: NO)", true, true, "10.9.0.22"},
		"socket only": {
			"source=10.0.0.22\nERROR 1698 (28000): Access denied for user 'belt_probe'@'10.0.0.22'", true, true, "10.0.0.22"},
		"wants TLS": {
			"source=10.0.0.22\nERROR 3159 (HY000): Connections using insecure transport are prohibited", true, true, "10.0.0.22"},
		"listens to itself only": {
			"source=10.0.0.22\nERROR 2002 (HY000): Can't connect to server on '10.0.0.21' (111)", false, true, "10.0.0.22"},
		"filtered": {
			"source=10.0.0.22\nERROR 2002 (HY000): Can't connect to server on '10.0.0.21' (110)", false, false, "10.0.0.22"},
		"nothing": {"source=\n", false, false, "10.0.0.22"},
	} {
		link := replication.Link{From: "10.0.0.22"}
		readKnock(&link, c.answer, own)
		if link.Reachable != c.reachable || link.HostUp != c.hostUp || link.From != c.from {
			t.Errorf("%s: %+v", name, link)
		}
	}
}
