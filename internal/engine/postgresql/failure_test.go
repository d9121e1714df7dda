package postgresql

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
	"enable":    func(t *testing.T) *scene { return newScene(t, 15, commandEnable, "db2") },
	"enable/13": func(t *testing.T) *scene { return newScene(t, 13, commandEnable, "db2") },
	"enable/restart": func(t *testing.T) *scene {
		s := newScene(t, 15, commandEnable, "db2")
		s.primary().AlterSystem("max_connections", "200")
		s.primary().AlterSystem("listen_addresses", "localhost")
		s.target().AlterSystem("max_wal_senders", "3")
		s.target().AlterSystem("work_mem", "8192")
		s.primary().AddRule("host all reports 10.0.0.0/16 scram-sha-256")
		return s
	},
	"enable/two": func(t *testing.T) *scene { return newScene(t, 17, commandEnable, "db2", "db3") },
	"enable/second": func(t *testing.T) *scene {
		s := newScene(t, 15, commandEnable, "db2", "db3")
		all := s.targets
		s.targets = all[:1]
		s.do(commandEnable, replication.Options{})
		s.targets = all[1:]
		return s
	},
	"enable/between": func(t *testing.T) *scene { return between(t, 15) },
	"enable/between without tls": func(t *testing.T) *scene {
		s := between(t, 15)
		s.primary().Configure("ssl", "off")
		return s
	},
	"enable/tablespaces": func(t *testing.T) *scene {
		s := newScene(t, 15, commandEnable, "db2")
		s.primary().AddTablespace("fast", "/srv/fast")
		return s
	},
	"enable/discard old": func(t *testing.T) *scene {
		s := newScene(t, 15, commandEnable, "db2")
		s.options.DiscardOld = true
		return s
	},

	"disable": func(t *testing.T) *scene { return enabled(t, 15, commandDisable, "db2") },
	"disable/stop": func(t *testing.T) *scene {
		s := enabled(t, 15, commandDisable, "db2")
		s.options.Stop = true
		return s
	},
	"disable/one of two": func(t *testing.T) *scene {
		s := enabled(t, 15, commandDisable, "db2", "db3")
		s.targets = s.targets[:1]
		return s
	},
	"disable/stopped": func(t *testing.T) *scene {
		s := enabled(t, 15, commandDisable, "db2")
		s.target().Stop()
		return s
	},
	"disable/unfinished": func(t *testing.T) *scene {
		s := newScene(t, 15, commandDisable, "db2")
		s.interrupt(commandEnable, "swap.db2", replication.Options{})
		return s
	},
	"disable/unfinished after the swap": func(t *testing.T) *scene {
		s := newScene(t, 15, commandDisable, "db2")
		s.interrupt(commandEnable, "start.db2", replication.Options{})
		return s
	},

	"resync/stopped": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Stop()
		s.primary().Write("written while it was away")
		return s
	},
	"resync/promoted": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Promote()
		s.target().Write("a row of its own")
		s.primary().Write("written meanwhile")
		return s
	},
	"resync/promoted and crashed": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Promote()
		s.target().Write("a row of its own")
		s.target().Crash()
		return s
	},
	"resync/cannot be rewound": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Promote()
		s.target().Break("rewind", "could not find previous WAL record at 0/3000060")
		return s
	},
	"resync/lost": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Stop()
		s.primary().Lose("belt_shop_db2")
		return s
	},
	"resync/running, lost": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Stop()
		s.primary().Lose("belt_shop_db2")
		s.target().Start()
		return s
	},
	"resync/slot dropped": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Stop()
		s.primary().DropSlot("belt_shop_db2")
		return s
	},

	"resync/role dropped": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Stop()
		s.primary().DropRole("belt_shop_db2")
		return s
	},
	"resync/all dropped, promoted": func(t *testing.T) *scene {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Promote()
		s.target().Write("a row of its own")
		s.primary().DropSlot("belt_shop_db2")
		s.primary().DropRole("belt_shop_db2")
		s.primary().DropRules("belt_shop_db2")
		return s
	},

	"restore": func(t *testing.T) *scene { return newScene(t, 15, replica.CommandRestore, "db2").more() },
	"restore/stopped": func(t *testing.T) *scene {
		s := newScene(t, 15, replica.CommandRestore, "db2").more()
		s.target().Stop()
		return s
	},
	"undo": func(t *testing.T) *scene { return enabled(t, 15, "db replicate undo", "db2").once() },
	"undo/resync": func(t *testing.T) *scene {
		s := enabled(t, 15, "db replicate undo", "db2")
		s.do(commandResync, replication.Options{Method: methodFull})
		return s.once()
	},
	"cleanup": func(t *testing.T) *scene {
		s := enabled(t, 15, "db replicate cleanup", "db2")
		s.do(commandResync, replication.Options{Method: methodFull})
		return s
	},

	"promote": func(t *testing.T) *scene { return promotes(t, "db2") },
	"promote/rules and settings": func(t *testing.T) *scene {
		s := promotes(t, "db2")
		s.primary().AddRule("host all reports 10.0.0.0/16 scram-sha-256")
		s.target().AlterSystem("listen_addresses", "localhost")
		return s
	},
	"promote/sibling": func(t *testing.T) *scene { return promotes(t, "db2", "db3") },
	"promote/and back": func(t *testing.T) *scene {
		s := promotes(t, "db2")
		s.do(commandPromote, replication.Options{})
		s.targets = s.members[:1]
		return s
	},
	"promote/between": func(t *testing.T) *scene {
		s := between(t, 15)
		s.do(commandEnable, replication.Options{})
		s.command = commandPromote
		return s
	},
	"promote/lost": func(t *testing.T) *scene {
		s := promotes(t, "db2", "db3")
		s.primary().Crash()
		s.options.Lost = true
		return s
	},
	"resync/was the primary": func(t *testing.T) *scene { return wasPrimary(t) },
	"promote/lost with its server": func(t *testing.T) *scene {
		s := promotes(t, "db2")
		s.primary().Down(true)
		s.options.Lost = true
		return s
	},
}

// wasPrimary is a scene of a primary that was given up, and is back behind its fence.
func wasPrimary(t *testing.T) *scene {
	s := promotes(t, "db2")
	s.primary().Crash()
	s.do(commandPromote, replication.Options{Lost: true})
	s.primary().Start()
	slices.Reverse(s.members) // belt.yaml names the new primary first
	s.command, s.targets = commandResync, s.members[1:]
	return s
}

var every = flag.Bool("every", false, "fail the re-runs at each of their steps in all scenes, which takes minutes")

// twice are the scenes whose re-runs are failed too, even without -every.
var twice = []string{"enable", "undo"}

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
