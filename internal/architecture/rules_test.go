package architecture

import "strings"

// rule forbids packages to import others, directly; with deep, also by way of packages of this module.
type rule struct {
	name string
	from func(pkg string) bool
	to   func(pkg string) bool
	deep bool
}

// Packages of this module are named without its path: "internal/ops". The engines' test helpers, pgtest and capture, are no part of
// the engine: they run servers.
func rules() []rule {
	return []rule{
		{
			name: "a public package knows neither the command line nor the terminal",
			from: below("pkg"), to: below("internal/cli", "internal/ui"), deep: true,
		},
		{
			name: "a public package needs nothing of internal",
			from: below("pkg"), to: below("internal"),
		},
		{
			name: "an engine reaches servers through a Runner only, and people not at all",
			from: engine,
			to:   below("golang.org/x/crypto/ssh", "github.com/pkg/sftp", "os/exec", "golang.org/x/term", "pkg/remote/sshrun", "internal/ui", "internal/cli", "internal/ops"),
			deep: true,
		},
		{
			name: "an engine knows no inventory: it is handed nodes",
			from: engine, to: below("pkg/inventory"),
		},
		{
			// An archived library: two rooms are few enough to replace it.
			name: "only pkg/inventory and pkg/yamltext, for the configuration files of databases, read YAML",
			from: except(below("pkg/inventory", "pkg/yamltext")), to: below("gopkg.in/yaml.v3"),
		},
		{
			name: "only internal/ui has the spinner and the tables",
			from: except(below("internal/ui")), to: below("github.com/briandowns/spinner", "github.com/jedib0t/go-pretty"),
		},
		{
			name: "only sshrun, and the servers that tests talk to, speak SSH and SFTP",
			from: except(below("pkg/remote/sshrun", "pkg/remote/remotetest")), to: below("golang.org/x/crypto/ssh", "github.com/pkg/sftp", "github.com/skeema/knownhosts"),
		},
		{
			name: "only internal/cli is a command line",
			from: except(below("internal/cli")), to: below("github.com/spf13/cobra", "github.com/spf13/pflag"),
		},
		{
			name: "the operations are handed their engines and their screen",
			from: below("internal/ops"), to: below("internal/engine", "internal/cli", "internal/ui"), deep: true,
		},
		{
			name: "a plan knows neither servers nor databases",
			from: below("pkg/plan"), to: below("pkg/remote", "pkg/replication", "pkg/inventory"), deep: true,
		},
		{
			name: "the lab is for tests and for hands, not for the program",
			from: below("cmd", "internal/cli", "internal/ops"), to: below("internal/lab"), deep: true,
		},
	}
}

// below tells whether a package is one of these, or in a folder of one.
func below(roots ...string) func(string) bool {
	return func(pkg string) bool {
		for _, root := range roots {
			if pkg == root || strings.HasPrefix(pkg, root+"/") {
				return true
			}
		}
		return false
	}
}

func except(not func(string) bool) func(string) bool {
	return func(pkg string) bool { return !not(pkg) }
}

func engine(pkg string) bool {
	return below("internal/engine")(pkg) && !strings.Contains(pkg, "/pgtest") && !strings.HasSuffix(pkg, "/capture")
}

// engineOf is the engine that a package belongs to, empty for none.
func engineOf(pkg string) string {
	rest, ok := strings.CutPrefix(pkg, "internal/engine/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}
