package replica

import (
	"os"
	"os/user"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

// guarded are an engine's functions: copies have a file that says of which system they are, and data that is in use has one
// that says so.
const guarded = failFunction + `ready() {
	[ "$(cat "$new/system")" = "$1" ] || fail "the copy in $new is of system $(cat "$new/system"), not of $1"
}
stopped() { [ ! -e "$data/runs" ] || fail "it still runs in $data"; }
`

// folders puts an old data folder and a complete copy into the yard, and returns the arguments of swap.sh.
func folders(y *replicatest.Yard) []string {
	y.Write("main/system", "111")
	y.Write("main/base", "old rows")
	y.Write("main.belt-new/system", "222")
	y.Write("main.belt-new/base", "new rows")
	y.Write("main.belt-new/standby.signal", "")
	y.Write("main.belt-new.complete", "")
	y.Write("state/note", "")
	os.Remove(y.Path("state/note"))
	me, err := user.Current()
	if err != nil {
		panic(err)
	}
	return []string{
		y.Path("main"), y.Path("main.belt-new"), y.Path("main.belt-old-r1"), "postgresql@15-main.service",
		`{"run":"r1"}`, me.Username, y.Path("state/swapped"), "222",
	}
}

var swapped = map[string]string{
	"main/": "", "main/base": "new rows", "main/system": "222", "main/standby.signal": "",
	"main.belt-old-r1/": "", "main.belt-old-r1/base": "old rows", "main.belt-old-r1/system": "111",
	"main.belt-old-r1.json": "{\"run\":\"r1\"}\n", "state/": "", "state/swapped": "r1\n",
}

func TestSwapScript(t *testing.T) {
	y := replicatest.NewYard(t)
	args := folders(y)
	for range 2 { // the second time it finds all done
		if err := y.Run(UnitScript+guarded+swapScript, args...); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(swapped, y.Tree()); d != "" {
			t.Error(d)
		}
	}
	if log := y.Read("systemctl.log"); log != "stop postgresql@15-main.service\n" {
		t.Errorf("systemctl was told %q", log)
	}
}

// TestSwapScriptCut ends the script before each of its commands: no data is lost, and the next run completes it.
func TestSwapScriptCut(t *testing.T) {
	cuts := 0
	for n := 1; ; n++ {
		cut := replicatest.CutAt(UnitScript+guarded+swapScript, n)
		if cut == "" {
			break
		}
		y := replicatest.NewYard(t)
		args := folders(y)
		err := y.Run(cut, args...)
		all := strings.Join(values(y.Tree()), "\n")
		if !strings.Contains(all, "old rows") || !strings.Contains(all, "new rows") {
			t.Errorf("cut %d lost data: %v", n, y.Tree())
		}
		if err != nil {
			cuts++
		}
		if err := y.Run(UnitScript+guarded+swapScript, args...); err != nil {
			t.Errorf("cut %d, and run again: %v", n, err)
		}
		if d := cmp.Diff(swapped, y.Tree()); d != "" {
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
		spoil func(*replicatest.Yard)
		want  string
	}{
		"an incomplete copy":       {func(y *replicatest.Yard) { os.Remove(y.Path("main.belt-new.complete")) }, "is not complete"},
		"a copy of another system": {func(y *replicatest.Yard) { y.Write("main.belt-new/system", "333") }, "is of system 333, not of 222"},
		"an old folder of the run": {func(y *replicatest.Yard) { y.Write("main.belt-old-r1/base", "older rows") }, "is there already"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			y := replicatest.NewYard(t)
			args := folders(y)
			c.spoil(y)
			before := y.Tree()
			err := y.Run(UnitScript+guarded+swapScript, args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if d := cmp.Diff(before, y.Tree()); d != "" {
				t.Errorf("it changed something:\n%s", d)
			}
		})
	}
	t.Run("a server that did not stop", func(t *testing.T) {
		y := replicatest.NewYard(t)
		args := folders(y)
		y.Write("main/runs", "")
		if err := y.Run(UnitScript+guarded+swapScript, args...); err == nil || !strings.Contains(err.Error(), "still runs") {
			t.Errorf("%v", err)
		}
		if y.Read("main/base") != "old rows" {
			t.Error("the data of a running server was moved")
		}
	})
}

func TestSwapScriptWithoutOldData(t *testing.T) {
	y := replicatest.NewYard(t)
	args := folders(y)
	for _, file := range []string{"main/base", "main/system"} {
		if err := os.Remove(y.Path(file)); err != nil {
			t.Fatal(err)
		}
	}
	if err := y.Run(UnitScript+guarded+swapScript, args...); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(y.Path("main.belt-old-r1")); err == nil {
		t.Error("an empty folder is kept")
	}
	if y.Read("main/base") != "new rows" {
		t.Errorf("%v", y.Tree())
	}
}

func TestUnswapScript(t *testing.T) {
	unswapped := map[string]string{
		"main/": "", "main/base": "old rows", "main/system": "111",
		"main.belt-new/": "", "main.belt-new/base": "new rows", "main.belt-new/system": "222", "main.belt-new/standby.signal": "",
		"state/": "", "state/swapped": "r1\n",
	}
	args := func(y *replicatest.Yard) []string {
		return []string{y.Path("main"), y.Path("main.belt-new"), y.Path("main.belt-old-r1"), "unit", "start"}
	}
	for n := 0; ; n++ {
		y := replicatest.NewYard(t)
		if err := y.Run(UnitScript+guarded+swapScript, folders(y)...); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			cut := replicatest.CutAt(UnitScript+wholeFolder+unswapScript, n)
			if cut == "" {
				break
			}
			_ = y.Run(cut, args(y)...) // some cuts come after the end
			all := strings.Join(values(y.Tree()), "\n")
			if !strings.Contains(all, "old rows") || !strings.Contains(all, "new rows") {
				t.Errorf("cut %d lost data: %v", n, y.Tree())
			}
		}
		for range 2 {
			if err := y.Run(UnitScript+wholeFolder+unswapScript, args(y)...); err != nil {
				t.Fatalf("cut %d: %v", n, err)
			}
			if d := cmp.Diff(unswapped, y.Tree()); d != "" {
				t.Errorf("cut %d (-want +got):\n%s", n, d)
			}
		}
		if log := y.Read("systemctl.log"); !strings.HasSuffix(log, "start unit\n") {
			t.Errorf("it was not started: %q", log)
		}
	}
}

// TestUnswapScriptAfterEachCutOfSwap: an undo puts back whatever a swap had come to.
func TestUnswapScriptAfterEachCutOfSwap(t *testing.T) {
	for n := 1; ; n++ {
		cut := replicatest.CutAt(UnitScript+guarded+swapScript, n)
		if cut == "" {
			return
		}
		y := replicatest.NewYard(t)
		_ = y.Run(cut, folders(y)...)
		if err := y.Run(UnitScript+wholeFolder+unswapScript, y.Path("main"), y.Path("main.belt-new"), y.Path("main.belt-old-r1"), "unit", "leave"); err != nil {
			t.Errorf("cut %d: %v", n, err)
		}
		if y.Read("main/base") != "old rows" || y.Read("main.belt-new/base") != "new rows" {
			t.Errorf("cut %d: %v", n, y.Tree())
		}
	}
}

// TestDeleteScripts: a copy and a kept folder go with what is linked to them, and the data in use never does.
func TestDeleteScripts(t *testing.T) {
	const linked = "linked() { echo \"$@\" >>\"$2.linked\"; }\n"
	y := replicatest.NewYard(t)
	y.Write("main/base", "rows")
	y.Write("main.belt-new/base", "half")
	y.Write("main.belt-new.complete", "")
	y.Write("main.belt-old-r1/base", "old")
	y.Write("main.belt-old-r1.json", "{}")
	for range 2 {
		if err := y.Run(linked+dropCopyScript, y.Path("main"), y.Path("main.belt-new"), "more"); err != nil {
			t.Fatal(err)
		}
		if err := y.Run(linked+deleteFolderScript, y.Path("main.belt-old-r1"), y.Path("main")); err != nil {
			t.Fatal(err)
		}
	}
	copied, kept := y.Path("main.belt-new")+" "+y.Path("main")+" more\n", y.Path("main.belt-old-r1")+" "+y.Path("main")+"\n"
	want := map[string]string{"main/": "", "main/base": "rows", "main.linked": copied + kept + copied + kept}
	if d := cmp.Diff(want, y.Tree()); d != "" {
		t.Error(d)
	}
	if err := y.Run(linked+deleteFolderScript, y.Path("main/../main"), y.Path("main")); err == nil || y.Read("main/base") != "rows" {
		t.Errorf("the data in use was deleted: %v", err)
	}
}
