package job

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

const tree = `
	cd "$1"
	sh -c 'trap "" TERM; echo $$ >stubborn; while :; do sleep 0.1; done' &
	setsid sh -c 'echo $$ >left; sleep 1000; :' &
	env -i sh -c 'echo $$ >bare; sleep 1000; :' &
	echo $$ >script
	wait`

func (w *world) tree() []int {
	w.Helper()
	var pids []int
	for _, name := range []string{"script", "stubborn", "left", "bare"} {
		pids = append(pids, w.pid(name))
	}
	return pids
}

func TestStopEndsTheWholeTree(t *testing.T) {
	w := newWorld(t)
	j := w.start(w.spec(tree, w.base))
	pids := append(w.tree(), w.pid("jobs/"+w.id+"/pid"))
	for range 2 { // the second time there is nothing to do
		if err := j.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, pid := range pids {
		if runs(pid) {
			t.Errorf("process %d of %v still runs", pid, pids)
		}
	}
	st, err := j.Status(t.Context())
	if err != nil || st.State != Stopped || st.Title != "copy the data" || time.Since(st.Started).Abs() > time.Minute {
		t.Errorf("status %+v, %v", st, err)
	}
	if err := j.Follow(t.Context(), nil); err == nil || err.Error() != "db2: copy the data: was stopped" {
		t.Errorf("following it: %v", err)
	}
	if err := j.Remove(t.Context()); err != nil {
		t.Error(err)
	}
	if st, err := j.Status(t.Context()); err != nil || st.State != Missing {
		t.Errorf("after remove: %+v, %v", st, err)
	}
	if err := j.Follow(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "folder is gone") {
		t.Errorf("following what is gone: %v", err)
	}
}

// Who looks while a job is being stopped sees that, and no death of unknown cause.
func TestStoppingIsNoDeath(t *testing.T) {
	w := newWorld(t)
	j := w.start(w.spec("sleep 1000", w.base))
	dir := w.base + "/jobs/" + w.id
	if err := os.WriteFile(dir+"/stopping", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if st, err := j.Status(t.Context()); err != nil || st.State != Running {
		t.Errorf("before its end: %+v, %v", st, err)
	}
	if err := syscall.Kill(-w.pid("jobs/"+w.id+"/pid"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := j.Follow(t.Context(), nil); err == nil || err.Error() != "db2: copy the data: was stopped" {
		t.Errorf("following it: %v", err)
	}
	if err := j.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir + "/stopping"); err == nil {
		t.Error("the mark stays")
	}
}

func TestKilledJobIsDeadAndReplaced(t *testing.T) {
	w := newWorld(t)
	s := w.spec(tree, w.base)
	s.Secrets = map[string][]byte{"password": []byte("hush")}
	j := w.start(s)
	old := w.tree()
	syscall.Kill(w.pid("jobs/"+w.id+"/pid"), syscall.SIGKILL)
	err := j.Follow(t.Context(), nil)
	if failed, ok := errors.AsType[*FailedError](err); !ok || failed.State != Dead {
		t.Fatalf("got %v", err)
	}
	all, err := List(t.Context(), db2, In(w.base))
	if err != nil || len(all) != 1 || all[0].State != Dead || all[0].ID != w.id {
		t.Errorf("list %+v, %v", all, err)
	}
	os.Remove(w.file("script"))
	if j := w.start(s); j.Found != Begun {
		t.Errorf("found %q", j.Found)
	}
	w.until("the new script runs", func() bool { return w.text("script") != "" })
	for _, pid := range old[:3] { // only systemd's control group finds one that hides behind a dead leader
		if runs(pid) {
			t.Errorf("process %d of the dead job runs beside the new one", pid)
		}
	}
	if runs(old[3]) && booted() {
		t.Error("systemd left a process")
	}
	syscall.Kill(old[3], syscall.SIGKILL)
}

func TestReusedPidIsNotTheJob(t *testing.T) {
	w := newWorld(t)
	j := w.start(w.spec("exec sleep 1000"))
	name := w.file("jobs/" + w.id + "/pid")
	own := w.text("jobs/" + w.id + "/pid")
	f := strings.Fields(own)
	for _, other := range []string{
		f[0] + " 12345 " + f[2],
		f[0] + " " + f[1] + " another-boot",
		fmt.Sprintf("%d %s %s", os.Getpid(), f[1], f[2]),
	} {
		if err := os.WriteFile(name, []byte(other+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if st, err := j.Status(t.Context()); err != nil || st.State != Dead {
			t.Errorf("pid file %q: %s, %v", other, st.State, err)
		}
	}
	if err := j.Stop(t.Context()); err != nil { // must not end this very test
		t.Error(err)
	}
}

func TestScriptLeavesNothingBehind(t *testing.T) {
	w := newWorld(t)
	j := w.start(w.spec(`sh -c 'echo $$ >"$1"; sleep 1000; :' sh "$1" & until [ -s "$1" ]; do sleep 0.05; done`, w.file("child")))
	if err := j.Follow(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if runs(w.pid("child")) {
		t.Error("the background process of a script that ended still runs")
	}
}
