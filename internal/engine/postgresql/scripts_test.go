package postgresql

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// yard is a folder in which a script runs under the real shell, with a systemctl and a pg_controldata of its own.
type yard struct {
	t      *testing.T
	dir    string
	runner remotetest.Local
}

func newYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{t: t, dir: t.TempDir()}
	bin := filepath.Join(y.dir, "bin")
	y.write("bin/systemctl", "#!/bin/sh\necho \"$@\" >>"+y.path("systemctl.log")+"\n")
	y.write("bin/pg_controldata", "#!/bin/sh\necho 'pg_control version number:            1300'\n"+
		"echo \"Database system identifier:           $(cat \"$2/system\")\"\n")
	y.write("bin/restorecon", "#!/bin/sh\n")
	for _, tool := range []string{"systemctl", "pg_controldata", "restorecon"} {
		if err := os.Chmod(filepath.Join(bin, tool), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	y.runner = remotetest.Local{Env: []string{"PATH=" + bin + ":" + os.Getenv("PATH")}}
	return y
}

func (y *yard) path(name string) string { return filepath.Join(y.dir, name) }

func (y *yard) write(name, text string) {
	y.t.Helper()
	if err := os.MkdirAll(filepath.Dir(y.path(name)), 0o755); err != nil {
		y.t.Fatal(err)
	}
	if err := os.WriteFile(y.path(name), []byte(text), 0o644); err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) read(name string) string {
	text, err := os.ReadFile(y.path(name))
	if err != nil {
		return "(none)"
	}
	return string(text)
}

func (y *yard) run(script string, args ...string) error {
	command := asRoot("script", script, args...)
	command.As = ""
	_, err := y.runner.Run(y.t.Context(), command)
	return err
}

// tree lists the folder's files with their content, without the tools.
func (y *yard) tree() map[string]string {
	y.t.Helper()
	out := map[string]string{}
	err := filepath.Walk(y.dir, func(path string, info os.FileInfo, err error) error {
		name, _ := filepath.Rel(y.dir, path)
		switch {
		case err != nil:
			return err
		case name == "bin":
			return filepath.SkipDir
		case name == "systemctl.log":
		case info.Mode()&os.ModeSymlink != 0:
			out[name], err = os.Readlink(path)
		case !info.IsDir():
			out[name] = y.read(name)
		case name != ".":
			out[name+"/"] = ""
		}
		return err
	})
	if err != nil {
		y.t.Fatal(err)
	}
	return out
}

// cutAt is the script with a failure before its n-th command at the outermost level; empty when it has no more.
func cutAt(script string, n int) string {
	lines := strings.Split(script, "\n")
	begun := false
	for i, line := range lines {
		words := strings.Fields(line)
		begun = begun || strings.HasPrefix(line, "set -")
		if !begun || len(words) == 0 || words[0][0] == '#' {
			continue
		}
		switch words[0] {
		case "}", "fi", "else", "done", "esac", "set", "fail()", "elif", "echo", "exit", ";;":
			continue
		}
		if i > 0 && strings.HasSuffix(lines[i-1], "\\") || strings.HasPrefix(lines[max(0, i-1)], "{") {
			continue
		}
		if n--; n == 0 {
			return strings.Join(lines[:i], "\n") + "\nexit 77\n" + strings.Join(lines[i:], "\n")
		}
	}
	return ""
}

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
			y := newYard(t)
			y.write("pg_hba.conf", c.before)
			args := append([]string{y.path("pg_hba.conf"), "belt_a"}, c.lines...)
			for range 2 {
				if err := y.run(hbaScript, args...); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(map[string]string{"pg_hba.conf": c.want}, y.tree()); d != "" {
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
			y := newYard(t)
			y.write("pg_hba.conf", c.before)
			for range 2 {
				if err := y.run(copiedScript, append([]string{y.path("pg_hba.conf")}, c.lines...)...); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(map[string]string{"pg_hba.conf": c.want}, y.tree()); d != "" {
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
			y := newYard(t)
			y.write("real/pg_hba.conf", "local\n")
			real, link := y.path("real/pg_hba.conf"), y.path("pg_hba.conf")
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
				cut := cutAt(script, n)
				if cut == "" {
					break
				}
				if err := y.run(cut, args...); err == nil {
					t.Errorf("cut %d did not fail", n)
				}
				for file := range y.tree() {
					if file != "pg_hba.conf" && file != "real/" && file != "real/pg_hba.conf" {
						t.Errorf("cut %d left %s", n, file)
					}
				}
				if got := y.read("real/pg_hba.conf"); got != "local\n" {
					t.Errorf("cut %d: %q", n, got)
				}
			}
			if err := y.run(script, args...); err != nil {
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
			if !strings.Contains(y.read("real/pg_hba.conf"), "# belt") {
				t.Error("no line in it")
			}
		})
	}
}

// folders puts an old data folder and a complete copy into the yard, and returns the arguments of swap.sh.
func (y *yard) folders() []string {
	y.write("main/system", "111")
	y.write("main/base", "old rows")
	y.write("main.belt-new/system", "222")
	y.write("main.belt-new/base", "new rows")
	y.write("main.belt-new/standby.signal", "")
	y.write("main.belt-new.complete", "")
	y.write("state/note", "")
	os.Remove(y.path("state/note"))
	me, err := user.Current()
	if err != nil {
		y.t.Fatal(err)
	}
	return []string{
		y.path("main"), y.path("main.belt-new"), y.path("main.belt-old-r1"), "postgresql@15-main.service", y.path("bin"), "222",
		`{"run":"r1"}`, me.Username, y.path("state/swapped"),
	}
}

var swapped = map[string]string{
	"main/": "", "main/base": "new rows", "main/system": "222", "main/standby.signal": "",
	"main.belt-old-r1/": "", "main.belt-old-r1/base": "old rows", "main.belt-old-r1/system": "111",
	"main.belt-old-r1.json": "{\"run\":\"r1\"}\n", "state/": "", "state/swapped": "r1\n",
}

func TestSwapScript(t *testing.T) {
	y := newYard(t)
	args := y.folders()
	for range 2 { // the second time it finds all done
		if err := y.run(swapScript, args...); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(swapped, y.tree()); d != "" {
			t.Error(d)
		}
	}
	if log := y.read("systemctl.log"); log != "stop postgresql@15-main.service\n" {
		t.Errorf("systemctl was told %q", log)
	}
}

// TestSwapScriptCut ends the script before each of its commands: no data is lost, and the next run completes it.
func TestSwapScriptCut(t *testing.T) {
	cuts := 0
	for n := 1; ; n++ {
		cut := cutAt(swapScript, n)
		if cut == "" {
			break
		}
		y := newYard(t)
		args := y.folders()
		err := y.run(cut, args...)
		all := strings.Join(values(y.tree()), "\n")
		if !strings.Contains(all, "old rows") || !strings.Contains(all, "new rows") {
			t.Errorf("cut %d lost data: %v", n, y.tree())
		}
		if err != nil {
			cuts++
		}
		if err := y.run(swapScript, args...); err != nil {
			t.Errorf("cut %d, and run again: %v", n, err)
		}
		if d := cmp.Diff(swapped, y.tree()); d != "" {
			t.Errorf("cut %d, and run again (-want +got):\n%s", n, d)
		}
	}
	if cuts < 12 {
		t.Errorf("only %d cuts ended the script", cuts)
	}
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func TestSwapScriptRefuses(t *testing.T) {
	cases := map[string]struct {
		spoil func(*yard)
		want  string
	}{
		"an incomplete copy":       {func(y *yard) { os.Remove(y.path("main.belt-new.complete")) }, "is not complete"},
		"a copy of another system": {func(y *yard) { y.write("main.belt-new/system", "333") }, "is of system 333, not of 222"},
		"an old folder of the run": {func(y *yard) { y.write("main.belt-old-r1/base", "older rows") }, "is there already"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			y := newYard(t)
			args := y.folders()
			c.spoil(y)
			before := y.tree()
			err := y.run(swapScript, args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if d := cmp.Diff(before, y.tree()); d != "" {
				t.Errorf("it changed something:\n%s", d)
			}
		})
	}
	t.Run("a server that did not stop", func(t *testing.T) {
		y := newYard(t)
		args := y.folders()
		y.write("main/postmaster.pid", fmt.Sprintf("%d\n", os.Getpid()))
		name, err := os.ReadFile("/proc/self/comm")
		if err != nil {
			t.Fatal(err)
		}
		// The process that the pid file names is this test.
		script := strings.ReplaceAll(swapScript, "grep -qs postgres", "grep -qs "+strings.TrimSpace(string(name)))
		if err := y.run(script, args...); err == nil || !strings.Contains(err.Error(), "still runs") {
			t.Errorf("%v", err)
		}
		if y.read("main/base") != "old rows" {
			t.Error("the data of a running server was moved")
		}
	})
}

func TestSwapScriptWithoutOldData(t *testing.T) {
	y := newYard(t)
	args := y.folders()
	for _, file := range []string{"main/base", "main/system"} {
		if err := os.Remove(y.path(file)); err != nil {
			t.Fatal(err)
		}
	}
	if err := y.run(swapScript, args...); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(y.path("main.belt-old-r1")); err == nil {
		t.Error("an empty folder is kept")
	}
	if y.read("main/base") != "new rows" {
		t.Errorf("%v", y.tree())
	}
}

func TestUnswapScript(t *testing.T) {
	unswapped := map[string]string{
		"main/": "", "main/base": "old rows", "main/system": "111",
		"main.belt-new/": "", "main.belt-new/base": "new rows", "main.belt-new/system": "222", "main.belt-new/standby.signal": "",
		"state/": "", "state/swapped": "r1\n",
	}
	args := func(y *yard) []string {
		return []string{y.path("main"), y.path("main.belt-new"), y.path("main.belt-old-r1"), "unit", "start"}
	}
	for n := 0; ; n++ {
		y := newYard(t)
		if err := y.run(swapScript, y.folders()...); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			cut := cutAt(unswapScript, n)
			if cut == "" {
				break
			}
			_ = y.run(cut, args(y)...) // some cuts come after the end
			all := strings.Join(values(y.tree()), "\n")
			if !strings.Contains(all, "old rows") || !strings.Contains(all, "new rows") {
				t.Errorf("cut %d lost data: %v", n, y.tree())
			}
		}
		for range 2 {
			if err := y.run(unswapScript, args(y)...); err != nil {
				t.Fatalf("cut %d: %v", n, err)
			}
			if d := cmp.Diff(unswapped, y.tree()); d != "" {
				t.Errorf("cut %d (-want +got):\n%s", n, d)
			}
		}
		if log := y.read("systemctl.log"); !strings.HasSuffix(log, "start unit\n") {
			t.Errorf("it was not started: %q", log)
		}
	}
}

// TestUnswapScriptAfterEachCutOfSwap: an undo puts back whatever a swap had come to.
func TestUnswapScriptAfterEachCutOfSwap(t *testing.T) {
	for n := 1; ; n++ {
		cut := cutAt(swapScript, n)
		if cut == "" {
			return
		}
		y := newYard(t)
		_ = y.run(cut, y.folders()...)
		if err := y.run(unswapScript, y.path("main"), y.path("main.belt-new"), y.path("main.belt-old-r1"), "unit", "leave"); err != nil {
			t.Errorf("cut %d: %v", n, err)
		}
		if y.read("main/base") != "old rows" || y.read("main.belt-new/base") != "new rows" {
			t.Errorf("cut %d: %v", n, y.tree())
		}
	}
}

func TestDropCopyScript(t *testing.T) {
	y := newYard(t)
	y.write("main/base", "rows")
	y.write("main.belt-new/base", "half")
	y.write("main.belt-new.complete", "")
	y.write("fast.belt-r1/rows", "of the copy")
	y.write("cold.belt-r1/rows", "in use")
	if err := os.Mkdir(y.path("main/pg_tblspc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(y.path("cold.belt-r1"), y.path("main/pg_tblspc/16384")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := y.run(dropCopyScript, y.path("main"), y.path("main.belt-new"), y.path("fast.belt-r1"), y.path("cold.belt-r1")); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"main/": "", "main/base": "rows", "main/pg_tblspc/": "", "main/pg_tblspc/16384": y.path("cold.belt-r1"),
			"cold.belt-r1/": "", "cold.belt-r1/rows": "in use",
		}
		if d := cmp.Diff(want, y.tree()); d != "" {
			t.Error(d)
		}
	}
}

// rewindYard has a diverged data folder with WAL from segment 2 on, a primary with WAL from segment 4 on, and a pg_rewind
// that does to the WAL what the real one does.
func rewindYard(t *testing.T, common string) *yard {
	y := newYard(t)
	y.write("main/base", "diverged rows")
	for _, n := range []string{"000000010000000000000002", "000000010000000000000003", "000000010000000000000004", "000000020000000000000004"} {
		y.write("main/pg_wal/"+n, "own "+n)
	}
	y.write("main/pg_wal/00000002.history", "history")
	y.write("main.belt-new/half", "of an earlier try")
	if err := os.Mkdir(y.path("main/pg_tblspc"), 0o755); err != nil {
		t.Fatal(err)
	}
	y.write("bin/pg_rewind", `#!/bin/sh
for arg; do case $arg in --target-pgdata=*) new=${arg#*=} ;; --dry-run) exit "${DRY:-0}" ;; esac; done
rm -f "$new"/pg_wal/*
echo "rows of the primary" >"$new/base"
for n in 4 5; do echo primary >"$new/pg_wal/00000001000000000000000$n"; done
printf 'START WAL LOCATION: 0/2000060 (file `+common+`)\nCHECKPOINT LOCATION: 0/2000098\n' >"$new/backup_label"
`)
	if err := os.Chmod(y.path("bin/pg_rewind"), 0o755); err != nil {
		t.Fatal(err)
	}
	return y
}

// rewind runs the script as a job does.
func (y *yard) rewind() error {
	return y.run("cd "+y.path("")+"\nprogress() { :; }\n"+rewindScript, y.path("bin"), y.path("main"), y.path("main.belt-new"), "host=db1")
}

func TestRewindScript(t *testing.T) {
	y := rewindYard(t, "000000010000000000000002")
	before := y.tree()
	if err := y.rewind(); err != nil {
		t.Fatal(err)
	}
	after := y.tree()
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
		spoil  func(*yard)
		want   string
	}{
		"the WAL is nowhere": {"000000010000000000000001", func(*yard) {}, "the WAL from 000000010000000000000001 on is on neither server"},
		"the dry run fails":  {"000000010000000000000002", func(y *yard) { y.runner.Env = append(y.runner.Env, "DRY=1") }, ""},
		"tablespaces":        {"000000010000000000000002", func(y *yard) { y.write("main/pg_tblspc/16384", "") }, "has tablespaces"},
		"pg_wal elsewhere": {"000000010000000000000002", func(y *yard) {
			if err := os.Rename(y.path("main/pg_wal"), y.path("wal")); err != nil {
				y.t.Fatal(err)
			}
			if err := os.Symlink(y.path("wal"), y.path("main/pg_wal")); err != nil {
				y.t.Fatal(err)
			}
		}, "lies elsewhere"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			y := rewindYard(t, c.common)
			c.spoil(y)
			var exit *remote.ExitError
			err := y.rewind()
			if !errors.As(err, &exit) || exit.Code != cannotRewind || !strings.Contains(exit.Stderr, c.want) {
				t.Errorf("%v", err)
			}
			if _, ok := y.tree()["main.belt-new.complete"]; ok {
				t.Error("a copy that cannot be rewound counts as complete")
			}
			if y.read("main/base") != "diverged rows" {
				t.Error("the original changed")
			}
		})
	}
}
