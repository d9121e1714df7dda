package postgresql

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// output runs a script under the real shell and returns what it prints.
func output(y *replicatest.Yard, script, input string, args ...string) (string, error) {
	cmd := remote.Command{Title: "script", Script: script, Args: args, Stdin: strings.NewReader(input)}
	result, err := remotetest.Local{Env: y.Env}.Run(y.T.Context(), cmd)
	return result.Stdout, err
}

func TestCopyReadScript(t *testing.T) {
	y := replicatest.NewYard(t)
	y.Write("new/postgresql.auto.conf", "work_mem = '1MB'\n# end without a line break")
	y.Write("data/postgresql.auto.conf", "port = '5433'\n")
	args := []string{y.Path("new"), y.Path("data"), autoConfName}
	if out, err := output(y, copyReadScript, "", args...); out != "" || err != nil {
		t.Errorf("a copy that is not complete: %q, %v", out, err)
	}
	y.Write("new.complete", "")
	out, err := output(y, copyReadScript, "", args...)
	if err != nil {
		t.Fatal(err)
	}
	brought, own, err := cutCopyRead(out)
	if err != nil || brought != "work_mem = '1MB'\n# end without a line break" || own != "port = '5433'\n" {
		t.Errorf("%q, %q, %v", brought, own, err)
	}
	if err := os.Remove(y.Path("data/postgresql.auto.conf")); err != nil {
		t.Fatal(err)
	}
	out, err = output(y, copyReadScript, "", args...)
	if err != nil {
		t.Fatal(err)
	}
	if _, own, err := cutCopyRead(out); own != "" || err != nil {
		t.Errorf("no old file: %q, %v", own, err)
	}
	if err := os.Remove(y.Path("new/postgresql.auto.conf")); err != nil {
		t.Fatal(err)
	}
	if out, err := output(y, copyReadScript, "", args...); err == nil {
		t.Errorf("a copy without the file passes for one that was put in place: %q", out)
	}
	for _, cut := range []string{"", "x\n", "12\nshort", "999999999999999999999\n"} {
		if _, _, err := cutCopyRead(cut); err == nil {
			t.Errorf("%q is taken for an answer", cut)
		}
	}
}

func TestCopyWriteScript(t *testing.T) {
	const conf = "primary_slot_name = 'belt_x'\n"
	y := replicatest.NewYard(t)
	y.Tool("chown", "#!/bin/sh\necho \"$1 $2 ${3%.belt.*}\" >>"+y.Path("chown.log")+"\n")
	y.Tool("install", "#!/bin/sh\nexit 0\n") // /var/lib/belt is the real one
	y.Write("new/postgresql.auto.conf", "port = '1'\n")
	y.Write("state/note", "old\n")
	args := []string{y.Path("new"), autoConfName, strconv.Itoa(len(conf)), "postgres", y.Path("state/note"), `["a"]`}

	if _, err := output(y, copyWriteScript, conf[:5], args...); err == nil {
		t.Error("an input that was cut off is taken")
	}
	if got := y.Read("new/postgresql.auto.conf"); got != "port = '1'\n" {
		t.Errorf("after an input that was cut off the file is %q", got)
	}
	for range 2 { // it may be run again
		if _, err := output(y, copyWriteScript, conf, args...); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"new/": "", "new/postgresql.auto.conf": conf, "new/standby.signal": "", "state/": "", "state/note": "[\"a\"]\n"}
		got := y.Tree()
		delete(got, "chown.log")
		for name, text := range want {
			if got[name] != text {
				t.Errorf("%s is %q, want %q", name, got[name], text)
			}
			delete(got, name)
		}
		if len(got) > 0 {
			t.Errorf("it left %q", got)
		}
	}
	if log := y.Read("chown.log"); !strings.Contains(log, "-- postgres: "+y.Path("new/postgresql.auto.conf")) || !strings.Contains(log, "-- postgres: "+y.Path("new/standby")) {
		t.Errorf("owners: %s", log)
	}
	if info, err := os.Stat(y.Path("new/postgresql.auto.conf")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// A reload is over when new sessions see its time; the answers are from then, empty lines at the end included.
func TestReloadScript(t *testing.T) {
	y := replicatest.NewYard(t)
	y.Tool("psql", `#!/bin/sh
input=$(cat)
case $input in
*pg_reload_conf*) printf '%s\n' 100.5 t ;;
*) printf x >>`+y.Path("asked")+`
   [ -z "$(cat `+y.Path("broken")+` 2>/dev/null)" ] || { echo 'FATAL: gone' >&2; exit 2; }
   [ "$(wc -c <`+y.Path("asked")+`)" -ge 3 ] && echo 200.5 || echo 100.5
   printf 'on\tdefault \n\n' ;;
esac
`)
	args := []string{y.Path("bin"), "/run", "5432", "SELECT load;\nSELECT setting;\nSELECT nothing;"}
	out, err := output(y, reloadScript, "SELECT load;\nSELECT pg_reload_conf();", args...)
	if out != "200.5\non\tdefault \n\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	if asked := y.Read("asked"); asked != "xxx" {
		t.Errorf("asked %d times, and the third answer was the one", len(asked))
	}
	y.Write("broken", "yes")
	if out, err := output(y, reloadScript, "SELECT load;\nSELECT pg_reload_conf();", args...); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("%q, %v", out, err)
	}
}
