package remotetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/google/go-cmp/cmp"
)

// recorder stands in for the test that a fake complains to.
type recorder struct {
	testing.TB
	errors  []string
	cleanup []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
func (r *recorder) end() []string {
	for _, f := range r.cleanup {
		f()
	}
	return r.errors
}

func TestFake(t *testing.T) {
	f := remotetest.NewFake(t, "db1")
	f.Title("state").Stdout("stopped").Times(1)
	f.Title("state").Stdout("running")
	f.Match("^rm ").Stderr("no").Exit(2)
	f.When("reads", func(c remote.Command) bool { return c.ReadOnly }).Do(func(c remotetest.Call) (remote.Result, error) {
		return remote.Result{Stdout: "got " + c.Input}, nil
	})
	f.Title("never").Optional()
	lost := &remote.LostError{Server: "db1"}
	f.Title("lost").Fail(lost)

	var seen []string
	for _, cmd := range []remote.Command{{Title: "state"}, {Title: "state"}, {Title: "state"}, {Script: "echo", ReadOnly: true, Stdin: strings.NewReader("in")}} {
		got, err := f.Run(t.Context(), cmd)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, got.Stdout)
	}
	if diff := cmp.Diff([]string{"stopped", "running", "running", "got in"}, seen); diff != "" {
		t.Error(diff)
	}
	var exit *remote.ExitError
	if res, err := f.Run(t.Context(), remote.Command{Script: "rm -rf /x"}); !errors.As(err, &exit) || exit.Code != 2 || exit.Stderr != "no" || res.Code != 2 {
		t.Errorf("got %+v, %v", res, err)
	}
	if _, err := f.Run(t.Context(), remote.Command{Title: "lost"}); err != lost {
		t.Errorf("got %v", err)
	}
	var out bytes.Buffer
	if res, err := f.Run(t.Context(), remote.Command{Title: "state", Stdout: &out}); err != nil || out.String() != "running" || res.Stdout != "" {
		t.Errorf("streamed %q, %+v, %v", out.String(), res, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Run(ctx, remote.Command{Title: "state"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"state", "state", "state", "echo", "rm -rf /x", "lost", "state"}, f.Titles()); diff != "" {
		t.Error(diff)
	}
}

func TestFakeIsStrict(t *testing.T) {
	r := &recorder{}
	f := remotetest.NewFake(r, "db1")
	f.Title("expected")
	f.Title("twice").Times(2)
	f.Title("once").Times(1)
	for _, title := range []string{"twice", "once", "once", "unknown"} {
		_, err := f.Run(t.Context(), remote.Command{Title: title, Script: "text of " + title})
		if bad := title == "unknown"; bad && err == nil {
			t.Errorf("%s: no error", title)
		}
	}
	complaints := strings.Join(r.end(), "\n")
	for _, want := range []string{`unexpected command "once"`, `unexpected command "unknown":` + "\ntext of unknown",
		`title "expected" was expected 1 times and came 0 times`, `title "twice" was expected 2 times and came 1 times`} {
		if !strings.Contains(complaints, want) {
			t.Errorf("%q is not in:\n%s", want, complaints)
		}
	}
	if len(r.errors) != 4 {
		t.Errorf("%d complaints:\n%s", len(r.errors), complaints)
	}
}

func TestFaults(t *testing.T) {
	own := errors.New("own")
	for _, c := range []struct {
		name   string
		faults []remotetest.Fault
		ran    string // of a, b, a
		failed string
		err    any
	}{
		{"none", nil, "a b a", "", nil},
		{"before the second", []remotetest.Fault{{Nth: 2, Err: own}}, "a a", "b", own},
		{"after the second", []remotetest.Fault{{Nth: 2, When: remotetest.After, Err: own}}, "a b a", "b", own},
		{"lost at the second a", []remotetest.Fault{{Nth: 2, Match: remotetest.HasTitle("a"), When: remotetest.After}}, "a b a", "a", new(*remote.LostError)},
		{"each a", []remotetest.Fault{{Match: remotetest.HasTitle("a"), Err: own}}, "b", "a a", own},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := remotetest.NewFake(t, "db1")
			fake.Title("a").Optional()
			fake.Title("b").Optional()
			faults := remotetest.NewFaults(c.faults...)
			var failed []string
			// Two servers, counted together.
			for i, r := range []remote.Runner{faults.Wrap(fake), faults.Wrap(fake), faults.Wrap(fake)} {
				title := []string{"a", "b", "a"}[i]
				_, err := r.Run(t.Context(), remote.Command{Title: title})
				if err == nil {
					continue
				}
				failed = append(failed, title)
				if want, ok := c.err.(error); ok && !errors.Is(err, want) || !ok && !errors.As(err, c.err) {
					t.Errorf("got %v", err)
				}
			}
			if got := strings.Join(fake.Titles(), " "); got != c.ran {
				t.Errorf("ran %q, want %q", got, c.ran)
			}
			if got := strings.Join(failed, " "); got != c.failed {
				t.Errorf("failed %q, want %q", got, c.failed)
			}
			if faults.Count() != 3 {
				t.Errorf("counted %d", faults.Count())
			}
		})
	}
}

func TestFaultyRunnerKeepsTheContract(t *testing.T) {
	remotetest.RunnerContract(t, false, func(t *testing.T) remote.Runner { return remotetest.NewFaults().Wrap(remotetest.Local{}) })
}
