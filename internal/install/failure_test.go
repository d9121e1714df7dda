package install

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/replication"
)

// yard is a server that is a folder of this machine, with a package manager that is a script.
type yard struct {
	remotetest.Local
	root string
}

func (y yard) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	cmd.As = ""
	args := make([]string, len(cmd.Args))
	for i, arg := range cmd.Args {
		if strings.HasPrefix(arg, "/") {
			arg = y.root + arg
		}
		args[i] = arg
	}
	cmd.Args = args
	return y.Local.Run(ctx, cmd)
}

// Snapshot is every file of the server.
func (y yard) Snapshot() map[string]string {
	out := map[string]string{}
	_ = filepath.WalkDir(y.root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			text, _ := os.ReadFile(path)
			if strings.HasSuffix(path, ".done") {
				text = nil // of use until the end of the run only
			}
			out[strings.TrimPrefix(path, y.root)] = string(text)
		}
		return nil
	})
	return out
}

const aptGet = `#!/bin/sh
case "$*" in
*' update') exit 0 ;;
*' -s '* | -s*) for p in toy-15 toy-common; do [ -e "$ROOT/pkg/$p" ] || echo "Inst $p (15.4 Toy:1 [all])"; done; echo 'Inst libc6 [2.36] (2.37 Toy:1 [all])' ;;
*' install '*) for p in toy-15 toy-common; do echo 15.4 >"$ROOT/pkg/$p"; done ;;
*' purge '*) for p in "$@"; do rm -f "$ROOT/pkg/$p"; done ;;
esac
`

func newYard(t *testing.T) yard {
	t.Helper()
	bin := t.TempDir()
	y := yard{remotetest.Local{Name: "db3", Env: []string{}}, t.TempDir()}
	for name, text := range map[string]string{
		"apt-get":    aptGet,
		"apt-cache":  "#!/bin/sh\ncase $1 in policy) echo '  Candidate: 15.4' ;; madison) echo ' toy-15 | 15.4 | here' ;; esac\n",
		"dpkg":       "#!/bin/sh\n",
		"dpkg-query": "#!/bin/sh\nfor p; do :; done\n[ -e \"$ROOT/pkg/$p\" ] || exit 1\ncase \"$*\" in *Status*) echo \"installed 15.4\" ;; esac\n",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"/pkg", "/var/lib/belt", "/etc"} {
		if err := os.MkdirAll(y.root+dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	y.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "ROOT=" + y.root}
	return y
}

func (y yard) job() Job {
	return Job{
		Name: "toy-5432", Label: "db3", Product: "Toy 15",
		Needs: replication.Needs{
			Packages: []replication.Package{{Name: "toy-15", Series: "15"}}, Data: "/pkg", Tuned: []replication.Tuned{{Name: "work_mem", Value: "7MB"}},
			Tuning: replication.Tuning{
				File: "/etc/toy.conf", Apply: `cp "$1" "$1.inuse"`, Revert: `rm -f "$f.inuse"`,
				Render: func(list []replication.Tuned) string { return list[0].Name + " = " + list[0].Value + "\n" },
			},
		},
		Server: func() (remote.Runner, error) { return y, nil },
	}
}

// Every step is failed, before and after its effect, interrupted and killed: what was installed goes, and nothing else.
func TestEveryFailure(t *testing.T) {
	plantest.EveryStep(t, func() (plan.Plan, plantest.World) {
		y := newYard(t)
		j := y.job()
		return plan.Plan{Command: "db scale-up", Target: "shop/toy", Steps: append(j.Steps(), j.Finish())}, y
	})
}

func TestOnlyWhatIsNewIsPurged(t *testing.T) {
	y := newYard(t)
	if err := os.WriteFile(y.root+"/pkg/toy-common", []byte("15.4\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	j := y.job()
	o := plan.Apply(t.Context(), plan.Plan{Steps: append(j.Steps(), plan.Step{ID: "x", Title: "fail", Undo: plan.NoEffect("nothing"),
		Do: func(context.Context, plan.Progress) error { return context.DeadlineExceeded }})}, nil, plan.Options{})
	if !o.RolledBack {
		t.Fatalf("%+v", o)
	}
	left := y.Snapshot()
	if _, there := left["/pkg/toy-common"]; !there || len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}
