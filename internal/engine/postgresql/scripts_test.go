package postgresql

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

func TestHBAScript(t *testing.T) {
	const before = "# as Debian has it\nlocal all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n"
	own := []string{"host replication belt_a 10.0.0.2/32 scram-sha-256 # belt:belt_a", "host postgres belt_a 10.0.0.2/32 scram-sha-256 # belt:belt_a"}
	with := strings.Join(own, "\n") + "\n" + before
	cases := map[string]struct {
		before string
		lines  []string
		want   string
	}{
		"in front":             {before, own, with},
		"again":                {with, own, with},
		"another address":      {strings.ReplaceAll(with, "10.0.0.2", "10.0.0.9"), own, with},
		"taken out":            {with, nil, before},
		"none to take out":     {before, nil, before},
		"another's stay":       {"host all b 10.0.0.3/32 md5 # belt:belt_ab\n" + with, nil, "host all b 10.0.0.3/32 md5 # belt:belt_ab\n" + before},
		"nothing else in it":   {"", own, strings.Join(own, "\n") + "\n"},
		"only its own were in": {strings.Join(own, "\n") + "\n", nil, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			y := replicatest.NewYard(t)
			y.Write("pg_hba.conf", c.before)
			args := append([]string{y.Path("pg_hba.conf"), "belt_a"}, c.lines...)
			for range 2 {
				if err := y.Run(hbaScript, args...); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(map[string]string{"pg_hba.conf": c.want}, y.Tree()); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestCopiedScript(t *testing.T) {
	const before = "local all all peer\n"
	rule := "host all shop 10.0.0.0/24 scram-sha-256 # belt-copied"
	cases := map[string]struct {
		before string
		lines  []string
		want   string
	}{
		"behind":    {before, []string{rule}, before + rule + "\n"},
		"again":     {before + rule + "\n", []string{rule}, before + rule + "\n"},
		"other":     {before + "host old # belt-copied\n", []string{rule}, before + rule + "\n"},
		"taken out": {before + rule + "\n" + "host all b 10.0.0.3/32 md5\n", nil, before + "host all b 10.0.0.3/32 md5\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			y := replicatest.NewYard(t)
			y.Write("pg_hba.conf", c.before)
			for range 2 {
				if err := y.Run(copiedScript, append([]string{y.Path("pg_hba.conf")}, c.lines...)...); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(map[string]string{"pg_hba.conf": c.want}, y.Tree()); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

// TestEditedFileStaysItself: a symbolic link stays one, mode and owner are kept, and a cut leaves the old file or the new.
func TestEditedFileStaysItself(t *testing.T) {
	scripts := map[string]func(file string) (string, []string){
		"hba.sh":    func(file string) (string, []string) { return hbaScript, []string{file, "belt_a", "host # belt:belt_a"} },
		"copied.sh": func(file string) (string, []string) { return copiedScript, []string{file, "host # belt-copied"} },
	}
	for name, of := range scripts {
		t.Run(name, func(t *testing.T) {
			y := replicatest.NewYard(t)
			y.Write("real/pg_hba.conf", "local\n")
			real, link := y.Path("real/pg_hba.conf"), y.Path("pg_hba.conf")
			if err := os.Symlink(real, link); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(real, 0o640); err != nil {
				t.Fatal(err)
			}
			owner := os.Getuid()
			if owner == 0 {
				owner = 12345
				if err := os.Chown(real, owner, owner); err != nil {
					t.Fatal(err)
				}
			}
			script, args := of(link)
			for n := 1; ; n++ {
				cut := replicatest.CutAt(script, n)
				if cut == "" {
					break
				}
				if err := y.Run(cut, args...); err == nil {
					t.Errorf("cut %d did not fail", n)
				}
				for file := range y.Tree() {
					if file != "pg_hba.conf" && file != "real/" && file != "real/pg_hba.conf" {
						t.Errorf("cut %d left %s", n, file)
					}
				}
				if got := y.Read("real/pg_hba.conf"); got != "local\n" {
					t.Errorf("cut %d: %q", n, got)
				}
			}
			if err := y.Run(script, args...); err != nil {
				t.Fatal(err)
			}
			info, err := os.Lstat(real)
			if err != nil {
				t.Fatal(err)
			}
			if target, err := os.Readlink(link); err != nil || target != real {
				t.Errorf("the link is %q, %v", target, err)
			}
			if info.Mode() != 0o640 || int(info.Sys().(*syscall.Stat_t).Uid) != owner {
				t.Errorf("mode %v, owner %d", info.Mode(), info.Sys().(*syscall.Stat_t).Uid)
			}
			if !strings.Contains(y.Read("real/pg_hba.conf"), "# belt") {
				t.Error("no line in it")
			}
		})
	}
}

// TestLinkedScript deletes the tablespaces of a copy that the data in use does not refer to, and none that Belt did not make.
func TestLinkedScript(t *testing.T) {
	y := replicatest.NewYard(t)
	for _, place := range []string{"fast.belt-r1", "cold.belt-r1", "partial.belt-r1", "own"} {
		y.Write(place+"/rows", place)
	}
	for link, place := range map[string]string{
		"main/pg_tblspc/1": "cold.belt-r1", "main.belt-new/pg_tblspc/1": "cold.belt-r1", "main.belt-new/pg_tblspc/2": "fast.belt-r1",
		"main.belt-new/pg_tblspc/3": "own",
	} {
		if err := os.MkdirAll(y.Path(strings.TrimSuffix(link, link[strings.LastIndex(link, "/"):])), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(y.Path(place), y.Path(link)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := y.Run("set -eu\n"+linkedScript+`linked "$@"`, y.Path("main.belt-new"), y.Path("main"), y.Path("partial.belt-r1"), y.Path("cold.belt-r1")); err != nil {
			t.Fatal(err)
		}
	}
	for place, want := range map[string]string{"fast.belt-r1": "(none)", "partial.belt-r1": "(none)", "cold.belt-r1": "cold.belt-r1", "own": "own"} {
		if got := y.Read(place + "/rows"); got != want {
			t.Errorf("%s has %s", place, got)
		}
	}
}
