package mongodb

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/replication"
)

// scenes are the worlds in which plans are failed at every step: the command, and what was there before.
var scenes = map[string]func(*testing.T) *scene{
	"enable":   func(t *testing.T) *scene { return newScene(t, commandEnable, "db2") },
	"enable/8": func(t *testing.T) *scene { return newSceneOf(t, "8.0.4", commandEnable, "db2") },
	"enable/authorization": func(t *testing.T) *scene {
		s := newScene(t, commandEnable, "db2")
		s.secure()
		return s
	},
	"enable/two": func(t *testing.T) *scene { return newScene(t, commandEnable, "db2", "db3") },
	"enable/two, voting": func(t *testing.T) *scene {
		s := newScene(t, commandEnable, "db2", "db3")
		s.options.Votes = true
		return s
	},
	"enable/second": func(t *testing.T) *scene {
		s := newScene(t, commandEnable, "db2", "db3")
		all := s.targets
		s.targets = all[:1]
		s.do(commandEnable, replication.Options{})
		s.targets = all[1:]
		return s
	},
	"enable/a set by hand": func(t *testing.T) *scene {
		s := newScene(t, commandEnable, "db2")
		s.primary().Initiate("mine", "10.0.0.21:27017")
		s.primary().WritesPerSecond, s.primary().BytesPerSecond = 1000, 1<<20
		return s
	},
	"enable/listening to itself": func(t *testing.T) *scene {
		s := newScene(t, commandEnable, "db2")
		s.secure()
		for _, m := range s.members {
			m.Conf(func(text string) string { return strings.Replace(text, ","+m.Internal, "", 1) })
		}
		return s
	},
	"enable/discard old": func(t *testing.T) *scene {
		s := newScene(t, commandEnable, "db2")
		s.options.DiscardOld = true
		return s
	},

	"promote": func(t *testing.T) *scene { return enabled(t, commandPromote, "db2") },
	"promote/authorization": func(t *testing.T) *scene {
		s := newScene(t, commandPromote, "db2")
		s.secure()
		s.do(commandEnable, replication.Options{})
		return s
	},
	"promote/three": func(t *testing.T) *scene { return enabled(t, commandPromote, "db2", "db3") },
	"promote/voting": func(t *testing.T) *scene {
		s := newScene(t, commandPromote, "db2", "db3")
		s.do(commandEnable, replication.Options{Votes: true})
		return s
	},
	"promote/lost": func(t *testing.T) *scene {
		s := enabled(t, commandPromote, "db2")
		s.primary().Stop()
		s.options.Lost = true
		return s
	},

	"disable": func(t *testing.T) *scene { return enabled(t, commandDisable, "db2") },
	"disable/standalone": func(t *testing.T) *scene {
		s := enabled(t, commandDisable, "db2")
		s.options.Standalone = true
		return s
	},
	"disable/stop": func(t *testing.T) *scene {
		s := enabled(t, commandDisable, "db2")
		s.options.Stop = true
		return s
	},
	"disable/one of two": func(t *testing.T) *scene {
		s := enabled(t, commandDisable, "db2", "db3")
		s.targets = s.targets[:1]
		return s
	},
	"disable/stopped": func(t *testing.T) *scene {
		s := enabled(t, commandDisable, "db2")
		s.target().Stop()
		return s
	},
	"disable/unfinished": func(t *testing.T) *scene {
		s := newScene(t, commandDisable, "db2")
		s.interrupt(commandEnable, "swap.db2", replication.Options{})
		return s
	},
	"disable/unfinished after the swap": func(t *testing.T) *scene {
		s := newScene(t, commandDisable, "db2")
		s.interrupt(commandEnable, "sync.db2", replication.Options{})
		return s
	},

	"resync/stopped": func(t *testing.T) *scene {
		s := enabled(t, commandResync, "db2")
		s.target().Stop()
		s.primary().Write("written while it was away")
		return s
	},
	"resync/stopped for too long": func(t *testing.T) *scene {
		s := enabled(t, commandResync, "db2")
		s.target().Stop()
		s.primary().Write("written while it was away")
		s.primary().Write("and more")
		s.primary().Forget()
		return s
	},
	"resync/stale": func(t *testing.T) *scene {
		s := enabled(t, commandResync, "db2")
		s.stale()
		return s
	},
	"resync/outside of the set": func(t *testing.T) *scene {
		s := enabled(t, commandResync, "db2")
		s.target().Conf(func(text string) string {
			return strings.Replace(text, "  replSetName: rs0\n", "  oplogSizeMB: 990\n", 1)
		})
		s.target().Write("a document of its own")
		return s
	},
	"resync/outside of the set and stopped": func(t *testing.T) *scene {
		s := enabled(t, commandResync, "db2")
		s.outside()
		return s
	},
	"resync/full": func(t *testing.T) *scene {
		s := enabled(t, commandResync, "db2")
		s.options.Method = methodFull
		return s
	},

	"undo": func(t *testing.T) *scene { return enabled(t, "db replicate undo", "db2").once() },
	"undo/standalone": func(t *testing.T) *scene {
		s := enabled(t, "db replicate undo", "db2").once()
		s.options.Standalone = true
		return s
	},
	"undo/resync": func(t *testing.T) *scene {
		s := enabled(t, "db replicate undo", "db2")
		s.do(commandResync, replication.Options{Method: methodFull})
		return s.once()
	},
	"restore": func(t *testing.T) *scene { return newScene(t, replica.CommandRestore, "db2").more() },
	"restore/set": func(t *testing.T) *scene {
		s := newScene(t, replica.CommandRestore, "db2")
		s.secure()
		s.target().Initiate("own", "10.0.0.22:27017")
		return s.more()
	},
	"undo/resync of one outside of the set": func(t *testing.T) *scene {
		s := enabled(t, "db replicate undo", "db2")
		s.outside()
		s.target().Start()
		s.do(commandResync, replication.Options{})
		return s.once()
	},
	"undo/restore": func(t *testing.T) *scene {
		s := newScene(t, "db replicate undo", "db2")
		s.target().Initiate("own", "10.0.0.22:27017")
		s.do(replica.CommandRestore, replication.Options{})
		return s.once()
	},
	"cleanup": func(t *testing.T) *scene {
		s := enabled(t, "db replicate cleanup", "db2")
		s.do(commandResync, replication.Options{Method: methodFull})
		return s
	},
}

// secure turns authorization on everywhere, with an account that belt.yaml names.
func (s *scene) secure() {
	for _, m := range s.members {
		m.Secure()
		m.Settings.AdminUser, m.Settings.AdminPassword = "root", func() (string, error) { return "secret", nil }
	}
}

// stale lets the primary's oplog forget what the replica needs.
func (s *scene) stale() {
	s.target().Hold(true)
	s.primary().Write("one that it misses")
	s.primary().Write("and another")
	s.primary().Forget()
	s.target().Hold(false)
}

var every = flag.Bool("every", false, "fail every scene, not only the core, which takes minutes")

// core are the scenes that are failed even without -every; twice those whose re-runs are failed too.
var (
	core  = []string{"restore/set", "enable", "enable/authorization", "disable", "resync/outside of the set"}
	twice = []string{"disable/stop"}
)

func TestEveryFailure(t *testing.T) {
	for name, build := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fail := plantest.EveryStep
			switch {
			case slices.Contains(twice, name) || *every && (name == "enable" || name == "undo"):
				fail = plantest.EveryFailure
			case !*every && !slices.Contains(core, name):
				t.Skip("with -every")
			}
			fail(t, func() (plan.Plan, plantest.World) {
				s := build(t)
				return s.Plan(), s
			})
		})
	}
}
