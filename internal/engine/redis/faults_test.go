package redis

import (
	"testing"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

func TestEveryLostConnection(t *testing.T) {
	for name, build := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replicatest.EveryLostConnection(t, func(t *testing.T) replicatest.Connected { return build(t) })
		})
	}
}
