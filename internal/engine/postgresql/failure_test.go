package postgresql

import (
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/replication"
)

// scenes are the worlds in which plans are failed at every step: the command, and what was there before.
var scenes = map[string]func(*testing.T) *scene{
	"enable": func(t *testing.T) *scene { return newScene(t, 15, commandEnable, "db2") },
}

func TestEveryFailure(t *testing.T) {
	for name, build := range scenes {
		t.Run(name, func(t *testing.T) {
			plantest.EveryFailure(t, func() (plan.Plan, plantest.World) {
				s := build(t)
				return s.Plan(), s
			})
		})
	}
}

var _ = replication.Options{}
