package mysql

import (
	"flag"
	"slices"
	"testing"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/replication"
)

// scenes are the worlds in which plans are failed at every step: the command, and what was there before.
var scenes = map[string]func(*testing.T) *scene{
	"enable":    func(t *testing.T) *scene { return newScene(t, maria10, commandEnable, "db2") },
	"enable/11": func(t *testing.T) *scene { return newScene(t, maria11, commandEnable, "db2") },
	"enable/11 with a log": func(t *testing.T) *scene {
		s := newScene(t, maria11, commandEnable, "db2")
		s.primary().Option("log_bin", "binlog")
		return s
	},
	"enable/11 again": func(t *testing.T) *scene {
		s := newScene(t, maria11, commandEnable, "db2")
		s.primary().Option("log_bin", "binlog")
		s.do(commandEnable, replication.Options{})
		s.do(commandDisable, replication.Options{})
		return s
	},
	"enable/mysql":   func(t *testing.T) *scene { return newScene(t, mysql9, commandEnable, "db2") },
	"enable/mysql 8": func(t *testing.T) *scene { return newScene(t, mysql80, commandEnable, "db2") },
	"enable/mysql dump": func(t *testing.T) *scene {
		s := newScene(t, mysql9, commandEnable, "db2")
		s.target().NoClone = true
		return s
	},
	"enable/local": func(t *testing.T) *scene {
		s := newScene(t, maria10, commandEnable, "db2")
		s.primary().Option("bind_address", "127.0.0.1")
		s.target().Option("bind_address", "127.0.0.1")
		return s
	},
	"enable/two": func(t *testing.T) *scene { return newScene(t, maria10, commandEnable, "db2", "db3") },
	"enable/second": func(t *testing.T) *scene {
		s := newScene(t, maria10, commandEnable, "db2", "db3")
		all := s.targets
		s.targets = all[:1]
		s.do(commandEnable, replication.Options{})
		s.targets = all[1:]
		return s
	},
	"enable/between":       func(t *testing.T) *scene { return between(t, maria10) },
	"enable/mysql between": func(t *testing.T) *scene { return between(t, mysql9) },
	"enable/discard old": func(t *testing.T) *scene {
		s := newScene(t, maria10, commandEnable, "db2")
		s.options.DiscardOld = true
		return s
	},

	"promote":         func(t *testing.T) *scene { return enabled(t, maria10, commandPromote, "db2") },
	"promote/mysql":   func(t *testing.T) *scene { return enabled(t, mysql9, commandPromote, "db2") },
	"promote/sibling": func(t *testing.T) *scene { return enabled(t, maria10, commandPromote, "db2", "db3") },
	"promote/and back": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandPromote, "db2")
		s.do(commandPromote, replication.Options{})
		s.targets = s.members[:1]
		return s
	},
	"promote/between": func(t *testing.T) *scene {
		s := between(t, maria10)
		s.do(commandEnable, replication.Options{})
		s.command = commandPromote
		return s
	},
	"disable/between": func(t *testing.T) *scene {
		s := between(t, maria10)
		s.do(commandEnable, replication.Options{})
		s.command = commandDisable
		return s
	},
	"promote/mysql between": func(t *testing.T) *scene {
		s := between(t, mysql9)
		s.do(commandEnable, replication.Options{})
		s.command = commandPromote
		return s
	},
	"resync/was the primary": func(t *testing.T) *scene { return wasPrimary(t, maria10, commandResync) },
	"resync/mysql was it":    func(t *testing.T) *scene { return wasPrimary(t, mysql9, commandResync) },
	"enable/was the primary": func(t *testing.T) *scene { return wasPrimary(t, maria10, commandEnable) },
	"promote/lost": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandPromote, "db2", "db3")
		s.primary().Halt()
		s.options.Lost = true
		return s
	},

	"disable":       func(t *testing.T) *scene { return enabled(t, maria10, commandDisable, "db2") },
	"disable/11":    func(t *testing.T) *scene { return enabled(t, maria11, commandDisable, "db2") },
	"disable/mysql": func(t *testing.T) *scene { return enabled(t, mysql9, commandDisable, "db2") },
	"disable/stop": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandDisable, "db2")
		s.options.Stop = true
		return s
	},
	"disable/one of two": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandDisable, "db2", "db3")
		s.targets = s.targets[:1]
		return s
	},
	"disable/stopped": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandDisable, "db2")
		s.target().Halt()
		return s
	},
	"disable/events": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandDisable, "db2")
		s.primary().Event("shop.sweep")
		return s
	},
	"disable/unfinished": func(t *testing.T) *scene {
		s := newScene(t, maria10, commandDisable, "db2")
		s.interrupt(commandEnable, "swap.db2", replication.Options{})
		return s
	},
	"disable/unfinished after the swap": func(t *testing.T) *scene {
		s := newScene(t, maria10, commandDisable, "db2")
		s.interrupt(commandEnable, "start.db2", replication.Options{})
		return s
	},

	"resync/stopped": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandResync, "db2")
		s.target().Halt()
		s.primary().Write("written while it was away")
		return s
	},
	"resync/threads": func(t *testing.T) *scene {
		s := enabled(t, mysql9, commandResync, "db2")
		s.target().StopThreads()
		s.primary().Write("written while it was away")
		return s
	},
	"resync/account gone": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandResync, "db2")
		s.primary().DropAccount("belt_shop_db2", "10.0.0.22")
		return s
	},
	"resync/errant": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandResync, "db2")
		s.target().Write("a row of its own")
		return s
	},
	"resync/errant dump": func(t *testing.T) *scene {
		s := newScene(t, mysql9, commandResync, "db2")
		s.primary().MyISAM = 50 << 20
		s.do(commandEnable, replication.Options{})
		s.target().Write("a row of its own")
		return s
	},
	"resync/errant mysql": func(t *testing.T) *scene {
		s := enabled(t, mysql9, commandResync, "db2")
		s.target().Write("a row of its own")
		return s
	},
	"resync/stopped and purged": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandResync, "db2")
		s.target().Halt()
		s.primary().Write("written while it was away")
		s.primary().Purge()
		return s
	},
	"resync/stopped and purged mysql": func(t *testing.T) *scene {
		s := enabled(t, mysql9, commandResync, "db2")
		s.target().Halt()
		s.primary().Write("written while it was away")
		s.primary().Purge()
		return s
	},
	"resync/purged": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandResync, "db2")
		s.target().StopThreads()
		s.primary().Write("written while it was away")
		s.primary().Purge()
		return s
	},

	"restore":       func(t *testing.T) *scene { return newScene(t, maria10, replica.CommandRestore, "db2").more() },
	"restore/mysql": func(t *testing.T) *scene { return newScene(t, mysql9, replica.CommandRestore, "db2").more() },

	"undo":       func(t *testing.T) *scene { return enabled(t, maria10, commandUndo, "db2").once() },
	"undo/mysql": func(t *testing.T) *scene { return enabled(t, mysql9, commandUndo, "db2").once() },
	"undo/resync": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandUndo, "db2")
		s.do(commandResync, replication.Options{Method: methodFull})
		return s.once()
	},
	"cleanup": func(t *testing.T) *scene {
		s := enabled(t, maria10, commandCleanup, "db2")
		s.do(commandResync, replication.Options{Method: methodFull})
		return s
	},
}

// wasPrimary is a scene of a primary that was given up, and is back.
func wasPrimary(t *testing.T, on product, command string) *scene {
	s := enabled(t, on, commandPromote, "db2")
	s.primary().Halt()
	s.do(commandPromote, replication.Options{Lost: true})
	if err := s.primary().Start(); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(s.members) // belt.yaml names the new primary first
	s.command, s.targets = command, s.members[1:]
	return s
}

var every = flag.Bool("every", false, "fail the re-runs at each of their steps in all scenes, which takes minutes")

// twice are the scenes whose re-runs are failed too, even without -every.
var twice = []string{"enable"}

func TestEveryFailure(t *testing.T) {
	for name, build := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fail := plantest.EveryStep
			if *every || slices.Contains(twice, name) {
				fail = plantest.EveryFailure
			}
			fail(t, func() (plan.Plan, plantest.World) {
				s := build(t)
				return s.Plan(), s
			})
		})
	}
}
