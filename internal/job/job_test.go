package job

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// world is a folder for jobs whose processes are gone at the end of the test.

// until polls; the test fails when ok does not come true in ten seconds.

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
	_, err := Start(t.Context(), db2, w.spec(script+" # other", w.file("out")), In(w.base))
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

// A pid that belongs to another process by now is not the job's.

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
	if _, err := Start(t.Context(), db2, s, In(w.base)); err == nil || !strings.Contains(err.Error(), "no such user") {
		t.Errorf("unknown user: %v", err)
	}
	if left, _ := filepath.Glob(w.file("jobs/.new*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// noServer fails the test's purpose when it is asked.

func TestTwoStartsAtOnce(t *testing.T) {
	w := newWorld(t)
	s := w.spec(`echo begun >>"$1"; until [ -e "$1.go" ]; do sleep 0.05; done`, w.file("out"))
	found := make(chan Found)
	for range 3 {
		go func() {
			j, err := Start(context.Background(), db2, s, In(w.base))
			if err != nil {
				t.Error(err)
				j = &Job{}
			}
			found <- j.Found
		}()
	}
	got := map[Found]int{}
	for range 3 {
		got[<-found]++
	}
	if diff := cmp.Diff(map[Found]int{Begun: 1, Attached: 2}, got); diff != "" {
		t.Error(diff)
	}
	w.touch("out.go")
	if err := At(db2, w.id, In(w.base)).Follow(t.Context(), nil); err != nil || w.text("out") != "begun" {
		t.Errorf("%v; it wrote %q", err, w.text("out"))
	}
}

func TestLookingCreatesNothing(t *testing.T) {
	base := filepath.Join(t.TempDir(), "belt")
	if all, err := List(t.Context(), db2, In(base)); err != nil || all != nil {
		t.Errorf("list: %v, %v", all, err)
	}
	j := At(db2, "seed", In(base))
	if st, err := j.Status(t.Context()); err != nil || st.State != Missing {
		t.Errorf("status: %v, %v", st, err)
	}
	if err := j.Remove(t.Context()); err != nil {
		t.Errorf("remove: %v", err)
	}
	if _, err := os.Stat(base); !os.IsNotExist(err) {
		t.Error("the folder was made")
	}
}

func TestGrace(t *testing.T) {
	w := newWorld(t)
	s := w.spec(`
		trap 'trap "" TERM; sleep 3; echo ended >"$1"; exit 1' TERM
		echo up >"$1.up"
		while :; do sleep 0.1; done`, w.file("out"))
	s.Grace = 20 * time.Second // others end within one
	j := w.start(s)
	w.until("it runs", func() bool { return w.text("out.up") != "" })
	if err := At(db2, w.id, In(w.base), hasty).Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.text("out") != "ended" {
		t.Errorf("it had no time to end: %q", w.text("out"))
	}
	if failed, ok := errors.AsType[*FailedError](j.Follow(t.Context(), nil)); !ok || failed.State != Stopped {
		t.Errorf("got %v", failed)
	}
}
