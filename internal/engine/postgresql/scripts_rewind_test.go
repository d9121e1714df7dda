package postgresql

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/remote"
)

// guarded runs the guard's functions as the swap does.
func guarded(y *replicatest.Yard, id string) error {
	return y.Run("fail() { echo \"$*\" >&2; exit 1; }\n"+guardScript+`set -eu
data=$1 new=$2 unit=unit
shift 2
ready "$@"
stopped "$@"`, y.Path("main"), y.Path("main.belt-new"), y.Path("bin"), id)
}

func TestGuardScript(t *testing.T) {
	y := replicatest.NewYard(t)
	y.Tool("pg_controldata", "#!/bin/sh\necho 'pg_control version number:            1300'\n"+
		"echo \"Database system identifier:           $(cat \"$2/system\")\"\n")
	y.Write("main/base", "rows")
	y.Write("main.belt-new/system", "222")
	if err := guarded(y, "222"); err != nil {
		t.Error(err)
	}
	if err := guarded(y, "333"); err == nil || !strings.Contains(err.Error(), "is of system 222, not of 333") {
		t.Errorf("a copy of another system: %v", err)
	}
	// The process that the pid file names is this test; the tool says whether it is a server.
	y.Write("main/postmaster.pid", fmt.Sprintf("%d\n", os.Getpid()))
	y.Tool("grep", "#!/bin/sh\nexit 1\n")
	if err := guarded(y, "222"); err != nil {
		t.Errorf("the pid of another program: %v", err)
	}
	y.Tool("grep", "#!/bin/sh\nexit 0\n")
	if err := guarded(y, "222"); err == nil || !strings.Contains(err.Error(), "still runs") {
		t.Errorf("a server that did not stop: %v", err)
	}
}

// rewindYard has a diverged data folder with WAL from segment 2 on, a primary with WAL from segment 4 on, and a pg_rewind
// that does to the WAL what the real one does.
func rewindYard(t *testing.T, common string) *replicatest.Yard {
	y := replicatest.NewYard(t)
	y.Write("main/base", "diverged rows")
	for _, n := range []string{"000000010000000000000002", "000000010000000000000003", "000000010000000000000004", "000000020000000000000004"} {
		y.Write("main/pg_wal/"+n, "own "+n)
	}
	y.Write("main/pg_wal/00000002.history", "history")
	y.Write("main.belt-new/half", "of an earlier try")
	if err := os.Mkdir(y.Path("main/pg_tblspc"), 0o755); err != nil {
		t.Fatal(err)
	}
	y.Tool("pg_rewind", `#!/bin/sh
for arg; do case $arg in --target-pgdata=*) new=${arg#*=} ;; --dry-run) exit "${DRY:-0}" ;; esac; done
rm -f "$new"/pg_wal/*
echo "rows of the primary" >"$new/base"
for n in 4 5; do echo primary >"$new/pg_wal/00000001000000000000000$n"; done
printf 'START WAL LOCATION: 0/2000060 (file `+common+`)\nCHECKPOINT LOCATION: 0/2000098\n' >"$new/backup_label"
`)
	return y
}

// rewind runs the script as a job does.
func rewind(y *replicatest.Yard) error {
	return y.Run("cd "+y.Path("")+"\nprogress() { :; }\n"+rewindScript, y.Path("bin"), y.Path("main"), y.Path("main.belt-new"), "host=db1")
}

func TestRewindScript(t *testing.T) {
	y := rewindYard(t, "000000010000000000000002")
	before := y.Tree()
	if err := rewind(y); err != nil {
		t.Fatal(err)
	}
	after := y.Tree()
	for name, text := range before {
		if strings.HasPrefix(name, "main/") && after[name] != text {
			t.Errorf("the original changed in %s", name)
		}
	}
	got := map[string]string{}
	for name, text := range after {
		if in, ok := strings.CutPrefix(name, "main.belt-new/pg_wal/"); ok && in != "" {
			got[in] = strings.TrimSpace(text)
		}
	}
	want := map[string]string{
		"000000010000000000000002": "own 000000010000000000000002", "000000010000000000000003": "own 000000010000000000000003",
		"000000010000000000000004": "primary", "000000010000000000000005": "primary",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("pg_wal (-want +got):\n%s", d)
	}
	if _, ok := after["main.belt-new.complete"]; !ok || after["main.belt-new/half"] != "" || after["main.belt-new/base"] != "rows of the primary\n" {
		t.Errorf("%v", after)
	}
}

func TestRewindScriptCannot(t *testing.T) {
	cases := map[string]struct {
		common string
		spoil  func(*replicatest.Yard)
		want   string
	}{
		"the WAL is nowhere": {"000000010000000000000001", func(*replicatest.Yard) {}, "the WAL from 000000010000000000000001 on is on neither server"},
		"the dry run fails":  {"000000010000000000000002", func(y *replicatest.Yard) { y.Env = append(y.Env, "DRY=1") }, ""},
		"tablespaces":        {"000000010000000000000002", func(y *replicatest.Yard) { y.Write("main/pg_tblspc/16384", "") }, "has tablespaces"},
		"pg_wal elsewhere": {"000000010000000000000002", func(y *replicatest.Yard) {
			if err := os.Rename(y.Path("main/pg_wal"), y.Path("wal")); err != nil {
				y.T.Fatal(err)
			}
			if err := os.Symlink(y.Path("wal"), y.Path("main/pg_wal")); err != nil {
				y.T.Fatal(err)
			}
		}, "lies elsewhere"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			y := rewindYard(t, c.common)
			c.spoil(y)
			var exit *remote.ExitError
			err := rewind(y)
			if !errors.As(err, &exit) || exit.Code != cannotRewind || !strings.Contains(exit.Stderr, c.want) {
				t.Errorf("%v", err)
			}
			if _, ok := y.Tree()["main.belt-new.complete"]; ok {
				t.Error("a copy that cannot be rewound counts as complete")
			}
			if y.Read("main/base") != "diverged rows" {
				t.Error("the original changed")
			}
		})
	}
}
