package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/remote"
)

// world is a folder for jobs whose processes are gone at the end of the test.
type world struct {
	*testing.T
	base string
	id   string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	base, err := os.MkdirTemp("", "belt-job-") // not t.TempDir: another user has to be able to reach it
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, base: base, id: fmt.Sprintf("test.%d.%s", os.Getpid(), filepath.Base(base)[len("belt-job-"):])}
	t.Cleanup(func() {
		if err := At(local{}, w.id, In(base), hasty).Remove(context.Background()); err != nil {
			t.Errorf("remove: %v", err)
		}
		os.RemoveAll(base)
	})
	return w
}

func (w *world) spec(script string, args ...string) Spec {
	return Spec{ID: w.id, Title: "copy the data", Script: script, Args: args}
}

func (w *world) start(s Spec) *Job {
	w.Helper()
	j, err := Start(w.Context(), local{}, s, In(w.base), hasty)
	if err != nil {
		w.Fatalf("start: %v", err)
	}
	return j
}

func hasty(p *place) { p.wait, p.grace = 2*time.Second, time.Second }

func (w *world) file(name string) string { return filepath.Join(w.base, name) }

func (w *world) text(name string) string {
	b, err := os.ReadFile(w.file(name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// until polls; the test fails when ok does not come true in ten seconds.
func (w *world) until(what string, ok func() bool) {
	w.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("%s: not within 10 s", what)
		}
	}
}

func (w *world) pid(name string) int {
	w.Helper()
	w.until(name+" has a pid", func() bool { return w.text(name) != "" })
	pid, err := strconv.Atoi(strings.Fields(w.text(name))[0])
	if err != nil {
		w.Fatal(err)
	}
	return pid
}

func runs(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestEndsWell(t *testing.T) {
	w := newWorld(t)
	s := w.spec(`
		progress 0 3 'making room'
		cat "$BELT_FILES/in" "$BELT_FILES/secret" >"$1"
		stat -c %a "$BELT_FILES/secret" "$BELT_FILES" >>"$1"
		printf '%s|' "$@" >>"$1"
		until [ -e "$1.go" ]; do sleep 0.05; done
		progress 3 3 ready`,
		w.file("out"), "it's $HOME", "two\nlines", "", `"\%n`)
	s.Files = map[string][]byte{"in": []byte("a\x00b\n")}
	s.Secrets = map[string][]byte{"secret": []byte("hush")}
	j := w.start(s)
	if j.Found != Begun {
		t.Fatalf("found %q", j.Found)
	}
	var told []Progress
	err := j.Follow(t.Context(), func(done, total int64, note string) {
		told = append(told, Progress{done, total, note})
		w.touch("out.go")
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Progress{{0, 3, "making room"}, {3, 3, "ready"}}, told); diff != "" {
		t.Error(diff)
	}
	want := "a\x00b\nhush600\n700\n" + w.file("out") + "|it's $HOME|two\nlines||" + `"\%n|`
	if diff := cmp.Diff(want, w.text("out")); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(w.file("jobs/" + w.id + "/files")); !os.IsNotExist(err) {
		t.Error("the secrets are still there")
	}

	if j := w.start(s); j.Found != Finished {
		t.Errorf("the same again: found %q", j.Found)
	} else if err := j.Follow(t.Context(), nil); err != nil {
		t.Errorf("following what has ended: %v", err)
	}
	w.touch("out2.go")
	s.Args[0] = w.file("out2")
	if j := w.start(s); j.Found != Begun {
		t.Errorf("other work after it ended: found %q", j.Found)
	} else if err := j.Follow(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestFails(t *testing.T) {
	w := newWorld(t)
	script := `for i in $(seq 30); do echo "line $i"; done; echo "no space left" >&2; exit 7`
	err := w.start(w.spec(script)).Follow(t.Context(), nil)
	failed, ok := errors.AsType[*FailedError](err)
	if !ok || failed.State != Failed || failed.Code != 7 {
		t.Fatalf("got %v", err)
	}
	if !strings.HasPrefix(err.Error(), "db2: copy the data: exit code 7; its last output:\n  line 12\n") || !strings.HasSuffix(err.Error(), "no space left") {
		t.Errorf("message: %s", err)
	}
	if j := w.start(w.spec(script)); j.Found != Begun {
		t.Errorf("a failed job is to be replaced, found %q", j.Found)
	}
}

func TestAttach(t *testing.T) {
	w := newWorld(t)
	script := `echo begun >>"$1"; until [ -e "$1.go" ]; do sleep 0.05; done`
	s := w.spec(script, w.file("out"))
	s.Secrets = map[string][]byte{"password": []byte("one")}
	first := w.start(s)
	w.until("the script runs", func() bool { return w.text("out") == "begun" })

	ctx, cancel := context.WithCancel(t.Context())
	followed := make(chan error)
	go func() { followed <- first.Follow(ctx, nil) }()
	cancel()
	if err := <-followed; !errors.Is(err, context.Canceled) {
		t.Errorf("a follower that is interrupted: %v", err)
	}

	s.Secrets["password"] = []byte("two")
	second := w.start(s)
	if second.Found != Attached {
		t.Errorf("found %q", second.Found)
	}
	_, err := Start(t.Context(), local{}, w.spec(script+" # other", w.file("out")), In(w.base))
	if _, ok := errors.AsType[*OtherError](err); !ok {
		t.Errorf("other work under the same name: %v", err)
	}
	w.touch("out.go")
	if err := second.Follow(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if got := w.text("out"); got != "begun" {
		t.Errorf("it ran more than once: %q", got)
	}
}

// tree is a script with a child that ignores TERM, one that left the session, and one without its environment.
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
	all, err := List(t.Context(), local{}, In(w.base))
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

func booted() bool {
	_, err := os.Stat("/run/systemd/system")
	return err == nil
}

// A pid that belongs to another process by now is not the job's.
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

func TestAsAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can run a job as another user")
	}
	w := newWorld(t)
	s := w.spec(`id -un; cat "$BELT_FILES/secret" || exit 3; progress 1 2 half
		echo no >>../log && exit 4
		echo no >>../script && exit 5
		ls .. && exit 6
		echo "$HOME $USER"; exit 9`)
	s.As = "nobody"
	s.Secrets = map[string][]byte{"secret": []byte("hush\n")}
	err := w.start(s).Follow(t.Context(), nil)
	failed, ok := errors.AsType[*FailedError](err)
	if !ok || failed.Code != 9 || !strings.HasPrefix(failed.Log, "nobody\nhush\n") || !strings.HasSuffix(failed.Log, "/nonexistent nobody") {
		t.Fatalf("got %v", err)
	}
	s.As = "no-such-user"
	if _, err := Start(t.Context(), local{}, s, In(w.base)); err == nil || !strings.Contains(err.Error(), "no such user") {
		t.Errorf("unknown user: %v", err)
	}
	if left, _ := filepath.Glob(w.file("jobs/.new*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestBadSpecs(t *testing.T) {
	good := Spec{ID: "seed.shop", Title: "copy", Script: "true"}
	for name, change := range map[string]func(*Spec){
		"no id":          func(s *Spec) { s.ID = "" },
		"a path":         func(s *Spec) { s.ID = "../x" },
		"a hidden id":    func(s *Spec) { s.ID = ".x" },
		"capitals":       func(s *Spec) { s.ID = "Seed" },
		"a long id":      func(s *Spec) { s.ID = strings.Repeat("x", 101) },
		"no title":       func(s *Spec) { s.Title = "" },
		"a long title":   func(s *Spec) { s.Title = "two\nlines" },
		"no script":      func(s *Spec) { s.Script = " \n" },
		"a file's path":  func(s *Spec) { s.Files = map[string][]byte{"a/b": nil} },
		"a secret path":  func(s *Spec) { s.Secrets = map[string][]byte{"..": nil} },
		"a file twice":   func(s *Spec) { s.Files = map[string][]byte{"a": nil}; s.Secrets = s.Files },
		"NUL in an arg.": func(s *Spec) { s.Args = []string{"a\x00b"} },
	} {
		s := good
		change(&s)
		if _, err := Start(t.Context(), noServer{}, s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, id := range []string{"", "../x"} {
		if err := At(noServer{}, id).Remove(t.Context()); err == nil {
			t.Errorf("remove %q: accepted", id)
		}
	}
}

// noServer fails the test's purpose when it is asked.
type noServer struct{}

func (noServer) Server() string { return "db2" }
func (noServer) Run(context.Context, remote.Command) (remote.Result, error) {
	panic("the server was asked")
}

func (w *world) touch(name string) {
	if err := os.WriteFile(w.file(name), nil, 0o600); err != nil {
		w.Error(err)
	}
}
