package redis

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
	"enable":    func(t *testing.T) *scene { return newScene(t, "7.0.15", commandEnable, "db2") },
	"enable/60": func(t *testing.T) *scene { return newScene(t, "6.0.16", commandEnable, "db2") },
	"enable/closed": func(t *testing.T) *scene {
		s := newScene(t, "7.0.15", commandEnable, "db2")
		s.primary().Configure("bind 127.0.0.1 -::1")
		return s
	},
	"enable/closed, 60": func(t *testing.T) *scene {
		s := newScene(t, "6.0.16", commandEnable, "db2")
		s.primary().Configure("bind 127.0.0.1 ::1")
		return s
	},
	"enable/closed, no password": func(t *testing.T) *scene {
		s := newScene(t, "8.0.2", commandEnable, "db2")
		s.primary().Configure("bind 127.0.0.1 -::1\nrequirepass \"\"")
		return s
	},
	"enable/file of users": func(t *testing.T) *scene {
		s := newScene(t, "7.0.15", commandEnable, "db2")
		s.primary().Place("/etc/redis/users.acl", "user default on nopass ~* &* +@all\n")
		s.primary().Configure("aclfile /etc/redis/users.acl")
		return s
	},
	"enable/an include that sets it": func(t *testing.T) *scene {
		s := newScene(t, "7.0.15", commandEnable, "db2")
		s.target().Place("/etc/redis/local.conf", "replica-read-only no\nmasteruser somebody\n")
		s.target().Configure("include /etc/redis/local.conf")
		return s
	},
	"enable/two": func(t *testing.T) *scene { return newScene(t, "7.0.15", commandEnable, "db2", "db3") },
	"enable/second": func(t *testing.T) *scene {
		s := newScene(t, "7.0.15", commandEnable, "db2", "db3")
		all := s.targets
		s.targets = all[:1]
		s.do(commandEnable, replication.Options{})
		s.targets = all[1:]
		return s
	},
	"enable/between":     func(t *testing.T) *scene { return between(t, "7.0.15") },
	"enable/between, 60": func(t *testing.T) *scene { return between(t, "6.0.16") },
	"enable/discard old": func(t *testing.T) *scene {
		s := newScene(t, "7.0.15", commandEnable, "db2")
		s.options.DiscardOld = true
		return s
	},

	"disable": func(t *testing.T) *scene { return enabled(t, "7.0.15", commandDisable, "db2") },
	"disable/stop": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandDisable, "db2")
		s.options.Stop = true
		return s
	},
	"disable/one of two": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandDisable, "db2", "db3")
		s.targets = s.targets[:1]
		return s
	},
	"disable/stopped": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandDisable, "db2")
		s.target().Stop()
		return s
	},
	"disable/between": func(t *testing.T) *scene {
		s := between(t, "7.0.15")
		s.do(commandEnable, replication.Options{})
		s.command = commandDisable
		return s
	},
	"disable/between, 60": func(t *testing.T) *scene {
		s := between(t, "6.0.16")
		s.do(commandEnable, replication.Options{})
		s.command = commandDisable
		return s
	},
	"disable/opened": func(t *testing.T) *scene {
		s := newScene(t, "6.0.16", commandEnable, "db2")
		s.primary().Configure("bind 127.0.0.1 ::1")
		s.do(commandEnable, replication.Options{})
		s.command = commandDisable
		return s
	},
	"disable/unfinished": func(t *testing.T) *scene {
		s := newScene(t, "7.0.15", commandDisable, "db2")
		s.interrupt(commandEnable, "aside.db2")
		return s
	},
	"disable/unfinished after the data was set aside": func(t *testing.T) *scene {
		s := newScene(t, "7.0.15", commandDisable, "db2")
		s.interrupt(commandEnable, "start.db2")
		return s
	},

	"resync/stopped": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandResync, "db2")
		s.target().Stop()
		s.primary().Write("written while it was away")
		return s
	},
	"resync/promoted": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandResync, "db2")
		s.target().Promote()
		s.target().Write("a key of its own")
		return s
	},
	"resync/lost": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandResync, "db2")
		s.target().Stop()
		s.primary().Forget()
		return s
	},

	"restore": func(t *testing.T) *scene {
		return newScene(t, "7.0.15", replica.CommandRestore, "db2").more()
	},
	"restore/stopped": func(t *testing.T) *scene {
		s := newScene(t, "7.0.15", replica.CommandRestore, "db2").more()
		s.target().Stop()
		return s
	},

	"undo": func(t *testing.T) *scene { return enabled(t, "7.0.15", commandUndo, "db2").once() },
	"undo/resync": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandUndo, "db2")
		s.do(commandResync, replication.Options{Method: methodFull})
		return s.once()
	},
	"undo/resync of one that was let go": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandUndo, "db2")
		s.target().Promote()
		s.target().Write("of its own")
		s.do(commandResync, replication.Options{})
		return s.once()
	},
	"promote":         func(t *testing.T) *scene { return enabled(t, "7.0.15", commandPromote, "db2") },
	"promote/60":      func(t *testing.T) *scene { return enabled(t, "6.0.16", commandPromote, "db2") },
	"promote/sibling": func(t *testing.T) *scene { return enabled(t, "7.0.15", commandPromote, "db2", "db3") },
	"promote/and back": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandPromote, "db2")
		s.do(commandPromote, replication.Options{})
		s.targets = s.members[:1]
		return s
	},
	"promote/between": func(t *testing.T) *scene {
		s := between(t, "7.0.15")
		s.do(commandEnable, replication.Options{})
		s.command = commandPromote
		return s
	},
	"promote/lost": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandPromote, "db2", "db3")
		s.primary().Stop()
		s.options.Lost = true
		return s
	},
	"resync/was the primary": func(t *testing.T) *scene { return wasPrimary(t, commandResync) },
	"enable/was the primary": func(t *testing.T) *scene { return wasPrimary(t, commandEnable) },
	"cleanup": func(t *testing.T) *scene {
		s := enabled(t, "7.0.15", commandCleanup, "db2")
		s.do(commandResync, replication.Options{Method: methodFull})
		return s
	},
}

// wasPrimary is a scene of a primary that was given up, and is back behind its fence.
func wasPrimary(t *testing.T, command string) *scene {
	s := enabled(t, "7.0.15", commandPromote, "db2")
	s.primary().Stop()
	s.do(commandPromote, replication.Options{Lost: true})
	s.primary().Crash()
	slices.Reverse(s.members) // belt.yaml names the new primary first
	s.command, s.targets = command, s.members[1:]
	return s
}

var every = flag.Bool("every", false, "fail the re-runs at each of their steps in all scenes")

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
