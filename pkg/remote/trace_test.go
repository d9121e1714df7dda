package remote_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/google/go-cmp/cmp"
)

func traced(t *testing.T, prepare func(*remotetest.Fake), secrets *remote.Secrets, cmd remote.Command) string {
	t.Helper()
	fake := remotetest.NewFake(t, "db1")
	prepare(fake)
	var log bytes.Buffer
	remote.Trace(fake, &log, secrets).Run(t.Context(), cmd)
	text := regexp.MustCompile(`(?m)^[-0-9]+T[:.0-9]+Z`).ReplaceAllString(log.String(), "TIME")
	return regexp.MustCompile(`after [0-9.a-zµ]+`).ReplaceAllString(text, "after SOME")
}

func TestTrace(t *testing.T) {
	var secrets remote.Secrets
	secrets.Add("hunter2")
	got := traced(t, func(f *remotetest.Fake) {
		f.Title("log in").Stdout("password=hunter2\nok\n").Stderr("hunter2 is weak\n").Exit(3)
	}, &secrets, remote.Command{
		Title: "log in", Script: "login \"$1\" \\\n  --secret hunter2\n", Args: []string{"hunter2", "two\nlines", ""},
		As: "postgres", Stdin: strings.NewReader("typed"), ReadOnly: true,
	})
	want := `TIME db1 #1 as postgres: log in (reads only)
  $ login "$1" \
  $   --secret ******
  1=******
  2=two
  2=lines
  3=
  with input that is not shown
TIME db1 #1: exit 3 after SOME
  error: db1: log in: ****** is weak
  out: password=******
  out: ok
  err: ****** is weak
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTraceShortens(t *testing.T) {
	var secrets remote.Secrets
	secrets.Add("hunter2hunter2")
	for name, stdout := range map[string]io.Writer{"collected": nil, "streamed": io.Discard} {
		got := traced(t, func(f *remotetest.Fake) {
			f.Title("print").Stdout(strings.Repeat("x", 4090) + "hunter2hunter2" + strings.Repeat("y", 10000))
		}, &secrets, remote.Command{Title: "print", Stdout: stdout})
		if strings.Contains(got, "hunter") || len(got) > 5000 || !strings.Contains(got, "(14104 bytes in all)") {
			t.Errorf("%s: %d bytes: …%s", name, len(got), got[max(0, len(got)-60):])
		}
	}
}

// A command that hangs has to be in the trace before it ends.
func TestTraceIsWrittenWhenACommandStarts(t *testing.T) {
	var log bytes.Buffer
	fake := remotetest.NewFake(t, "db1")
	fake.Title("hang").Do(func(remotetest.Call) (remote.Result, error) {
		if !strings.Contains(log.String(), "db1 #1: hang") {
			t.Errorf("the trace is %q", log.String())
		}
		return remote.Result{Code: -1}, errors.New("lost")
	})
	remote.Trace(fake, &log, nil).Run(t.Context(), remote.Command{Title: "hang"})
	if !strings.Contains(log.String(), "error: lost") {
		t.Errorf("the trace is %q", log.String())
	}
}

func TestTracePassesEverythingOn(t *testing.T) {
	remotetest.RunnerContract(t, os.Getuid() == 0, func(t *testing.T) remote.Runner {
		return remote.Limit(remote.Trace(remotetest.Local{}, io.Discard, nil), 40)
	})
}
