package postgresql

import (
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

// A base backup that is being taken of a server makes it nobody's primary.
func TestBackupIsNoReplica(t *testing.T) {
	c := checkCase{change: func(f []replication.Facts) {
		nativeOf(f[1]).Senders = []sender{{Application: "belt", State: "backup"}}
		nativeOf(f[1]).Slots = []slot{{Name: "backup_by_belt_7", Active: true, Temporary: true}}
	}}
	for _, check := range c.checks(t) {
		if !check.OK {
			t.Errorf("%+v", check)
		}
	}
}
