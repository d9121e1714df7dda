package labtest

import (
	_ "embed"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab"
)

//go:embed state.sh
var stateScript string

//go:embed state.sql
var stateSQL string

// State is all that Belt could have left on servers, or changed there, by "SERVER: WHAT": the files of /etc, /home,
// /root, /tmp and /var/lib/belt, the configuration in the data folders and what lies beside them, units, processes of
// jobs, and of a running database its accounts, settings, rules and who follows whom. Not the data itself: that is [lab.Server.Checksum].
type State map[string]string

// StateOf reads the state of the servers.
func StateOf(t testing.TB, servers ...*lab.Server) State {
	t.Helper()
	state := State{}
	take := func(server *lab.Server, out string) {
		for _, line := range strings.Split(out, "\n") {
			if what, value, ok := strings.Cut(line, "\t"); ok {
				state[server.ID()+": "+what] = value
			}
		}
	}
	for _, server := range servers {
		if !server.Kind.IsEngine() {
			take(server, Exec(t, server, `exec bash -c "$1"`, stateScript))
			continue
		}
		kit := KitOf(server.Kind)
		take(server, Exec(t, server, `exec bash -c "$@"`, append([]string{stateScript, "bash"}, kit.folders()...)...))
		if out, err := kit.state(t, server); err == nil {
			take(server, out)
		} else {
			state[server.ID()+": database"] = "down"
		}
	}
	return state
}

// Unchanged fails the test when the state is not as it was, but for what matches one of the patterns of may.
func (s State) Unchanged(t testing.TB, now State, may ...string) {
	t.Helper()
	if diff := cmp.Diff(s.without(may), now.without(may)); diff != "" {
		t.Errorf("the servers are not as they were (-before +now):\n%s", diff)
	}
}

func (s State) without(patterns []string) State {
	out := maps.Clone(s)
	for _, pattern := range patterns {
		rule := regexp.MustCompile(pattern)
		maps.DeleteFunc(out, func(what, _ string) bool { return rule.MatchString(what) })
	}
	return out
}

// Journal matches what every run may write, also one that was rolled back: the journal, and the folders above it.
const Journal = `^\S+: (content of )?/var/lib/belt(/log\.(jsonl|lock)|/jobs(/\.lock)?|/state)?$`
