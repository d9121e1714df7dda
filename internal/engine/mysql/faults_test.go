package mysql

import (
	"slices"
	"testing"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

// lossy are the scenes whose connections break even without -every.
var lossy = []string{"enable", "enable/mysql", "disable", "resync/errant", "undo"}

func TestEveryLostConnection(t *testing.T) {
	for name, build := range scenes {
		if !*every && !slices.Contains(lossy, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replicatest.EveryLostConnection(t, func(t *testing.T) replicatest.Connected { return build(t) })
		})
	}
}
