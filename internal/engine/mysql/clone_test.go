package mysql

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// What a clone needs of a server that has it otherwise is set before, and put back after.
func TestCloneSessions(t *testing.T) {
	donor := &native{flavour: mySQL, Settings: map[string]setting{"character_set_server": {Value: "utf8mb4"}, "collation_server": {Value: "utf8mb4_0900_ai_ci"}}}
	alike, other := [2]string{"utf8mb4", "utf8mb4_0900_ai_ci"}, [2]string{"latin1", "latin1_swedish_ci"}
	for name, c := range map[string]struct {
		at            cloneSide
		before, after []string // in this order; a word with a minus is nowhere
	}{
		"alike": {cloneSide{charset: alike},
			[]string{"INSTALL PLUGIN clone", "CLONE INSTANCE", "-super_read_only", "-collation"}, []string{"UNINSTALL PLUGIN clone", "-collation"}},
		"has the plug-in": {cloneSide{plugin: true, locked: true, charset: alike},
			[]string{"CLONE INSTANCE", "-INSTALL", "-super_read_only"}, []string{"-UNINSTALL", "-super_read_only"}},
		"read-only without the plug-in": {cloneSide{locked: true, charset: alike},
			[]string{"super_read_only = OFF", "INSTALL PLUGIN clone", "super_read_only = ON", "CLONE INSTANCE"},
			[]string{"super_read_only = OFF", "UNINSTALL PLUGIN clone", "super_read_only = ON"}},
		"another collation": {cloneSide{charset: other},
			[]string{"character_set_server = 'utf8mb4'", "collation_server = 'utf8mb4_0900_ai_ci'", "CLONE INSTANCE"},
			[]string{"character_set_server = 'latin1'", "collation_server = 'latin1_swedish_ci'"}},
	} {
		m := making{Making: replica.Making{Name: "belt_shop_db2"}, engine: MySQL(), pn: donor, tn: &native{flavour: mySQL}}
		before, after := m.cloneSessions("secret", c.at)
		inOrder(t, name+", before", before, c.before)
		inOrder(t, name+", after", after, c.after)
	}
}

func inOrder(t *testing.T, name, text string, wanted []string) {
	t.Helper()
	rest := text
	for _, want := range wanted {
		if never, is := strings.CutPrefix(want, "-"); is {
			if strings.Contains(text, never) {
				t.Errorf("%s: has %q:\n%s", name, never, text)
			}
			continue
		}
		_, behind, found := strings.Cut(rest, want)
		if !found {
			t.Errorf("%s: no %q behind what comes before it:\n%s", name, want, text)
			continue
		}
		rest = behind
	}
}

// A primary that restarts ends the copy, and is waited for: what was done on it can then be undone.
func TestCopyEndedByRestart(t *testing.T) {
	s := newScene(t, mysql9, commandEnable, "db2")
	before := s.Snapshot()
	s.target().Break("copy", "Clone Donor Error: 1317 : Query execution was interrupted")
	var away atomic.Int64
	s.Wrap = func(r remote.Runner) remote.Runner { return restarting{r, &away} }
	o := plan.Apply(t.Context(), s.Plan(), nil, plan.Options{})
	if o.Err == nil || !o.RolledBack || !strings.Contains(o.Err.Error(), "1317") {
		t.Errorf("rolled back: %v, %v", o.RolledBack, o.Err)
	}
	if diff := cmp.Diff(before, s.Snapshot()); diff != "" {
		t.Errorf("(-before +now):\n%s", diff)
	}
}

// restarting is a world whose db1 does not answer for some times once a copy has begun.
type restarting struct {
	remote.Runner
	away *atomic.Int64
}

func (r restarting) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if strings.HasPrefix(c.Title, "start the job") {
		r.away.Store(3)
	}
	if r.Server() == "db1" && r.away.Load() > 0 {
		r.away.Add(-1)
		return remote.Result{}, errors.New("ERROR 2002 (HY000): Can't connect to local MySQL server")
	}
	return r.Runner.Run(ctx, c)
}
