package mysql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica"
)

// What a clone needs of a server that has it otherwise is set before, and put back after.
func TestCloneSessions(t *testing.T) {
	of := func(values map[string]string, plugins ...plugin) *native {
		n := &native{flavour: mySQL, version: version{9, 7, 4}, Settings: map[string]setting{}, survey: &survey{Plugins: plugins}}
		for name, value := range values {
			n.Settings[name] = setting{Value: value}
		}
		return n
	}
	donor := of(map[string]string{"character_set_server": "utf8mb4", "collation_server": "utf8mb4_0900_ai_ci"})
	for name, c := range map[string]struct {
		target        *native
		before, after []string // in this order; a word with a minus is nowhere
	}{
		"alike": {of(map[string]string{"character_set_server": "utf8mb4", "collation_server": "utf8mb4_0900_ai_ci"}),
			[]string{"INSTALL PLUGIN clone", "CLONE INSTANCE", "-super_read_only", "-collation"}, []string{"UNINSTALL PLUGIN clone", "-collation"}},
		"has the plug-in": {of(map[string]string{"super_read_only": "ON"}, plugin{"clone", "mysql_clone.so"}),
			[]string{"CLONE INSTANCE", "-INSTALL", "-super_read_only"}, []string{"-UNINSTALL", "-super_read_only"}},
		"read-only without the plug-in": {of(map[string]string{"super_read_only": "ON"}),
			[]string{"super_read_only = OFF", "INSTALL PLUGIN clone", "super_read_only = ON", "CLONE INSTANCE"},
			[]string{"super_read_only = OFF", "UNINSTALL PLUGIN clone", "super_read_only = ON"}},
		"another collation": {of(map[string]string{"character_set_server": "latin1", "collation_server": "latin1_swedish_ci"}),
			[]string{"character_set_server = 'utf8mb4'", "collation_server = 'utf8mb4_0900_ai_ci'", "CLONE INSTANCE"},
			[]string{"character_set_server = 'latin1'", "collation_server = 'latin1_swedish_ci'"}},
	} {
		m := making{Making: replica.Making{Name: "belt_shop_db2"}, engine: MySQL(), pn: donor, tn: c.target}
		before, after := m.cloneSessions("secret")
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
