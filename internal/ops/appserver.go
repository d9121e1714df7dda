package ops

import (
	"context"
	"strings"
	"sync"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// appServer is one server that takes an app's variables.
type appServer struct {
	app    string
	label  string
	file   string // of its variables
	runner remote.Runner
}

// appServers are the app's servers that take its variables, as seen from the app called home.
func (s *Session) appServers(app inventory.App, home string) []appServer {
	var out []appServer
	for _, server := range app.EnvServers() {
		name := label(home, server)
		out = append(out, appServer{app: app.Name, label: name, file: app.Env.File, runner: s.Connect.Runner(server, name)})
	}
	return out
}

// folderScript says in one line what keeps a file from being written; nothing when it can be.
const folderScript = `d=$(dirname -- "$1")
if [ ! -d "$d" ]; then echo "there is no folder $d"
elif [ -e "$1" ] && [ ! -f "$1" ]; then echo "$1 is no plain file"
elif [ ! -w "$d" ]; then echo "the folder $d cannot be written"
elif [ -e "$1" ] && [ ! -w "$1" ]; then echo "$1 cannot be written"
fi`

// checkFolders tests on every app server, side by side, that the file of variables can be written. A server that does not
// answer is a warning: the databases do not need it.
func (s *Session) checkFolders(ctx context.Context, servers []appServer) ([]plan.Check, []error) {
	checks := make([]plan.Check, len(servers))
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, one := range servers {
		wg.Go(func() {
			checks[i], errs[i] = checkFolder(ctx, one)
		})
	}
	wg.Wait()
	return checks, errs
}

func checkFolder(ctx context.Context, one appServer) (plan.Check, error) {
	result, err := remote.Guard(one.runner).Run(ctx, remote.Command{
		Title: "look at the folder of the variables", Script: folderScript, Args: []string{one.file}, As: "root", ReadOnly: true,
	})
	if err != nil {
		return reach(one.label, err), err
	}
	c := plan.Check{Name: "env", Server: one.label, OK: true, Detail: one.file}
	if problem := strings.TrimSpace(result.Stdout); problem != "" {
		c.OK, c.Detail = false, problem
		c.Hint = "make the folder, or change env: file: of app " + one.app + " in belt.yaml"
	}
	return c, nil
}
