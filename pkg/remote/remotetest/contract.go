package remotetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os/user"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/remote"
)

// RunnerContract checks what every [remote.Runner] promises. The function returns a new runner, whose login user may
// run commands as root (itself included) if asRoot is set.
func RunnerContract(t *testing.T, asRoot bool, open func(t *testing.T) remote.Runner) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, r remote.Runner)
	}{
		{"output and exit code", contractOutput},
		{"every byte survives as an argument", contractArguments},
		{"no input is an empty input", contractNoInput},
		{"much input and output is streamed", contractStreams},
		{"the end of stderr is kept", contractStderr},
		{"environment", contractEnvironment},
		{"an exit code is an error with the result", contractExit},
		{"a NUL byte is refused", contractNUL},
		{"an unknown user is an error of its own", contractUnknownUser},
		{"cancelling ends the command", contractCancel},
		{"a deadline ends the command", contractDeadline},
		{"a broken input is not the end of input", contractBrokenInput},
		{"a broken output ends the command", contractBrokenOutput},
		{"commands run side by side", contractConcurrent},
		{"a command that reads no input ends", contractUnreadInput},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
	if asRoot {
		t.Run("as root", func(t *testing.T) { contractAs(t, open(t), "root") })
		t.Run("as another user", func(t *testing.T) { contractAs(t, open(t), "nobody") })
		t.Run("cancelling ends a command of root's", func(t *testing.T) { cancelAs(t, open(t), "root") })
		t.Run("cancelling ends a command of another user's", func(t *testing.T) { cancelAs(t, open(t), "nobody") })
	}
}

func contractOutput(t *testing.T, r remote.Runner) {
	if r.Server() == "" {
		t.Error("Server() is empty")
	}
	got, err := r.Run(t.Context(), remote.Command{Script: "echo out; echo err >&2", ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(remote.Result{Stdout: "out\n", Stderr: "err\n"}, got); diff != "" {
		t.Error(diff)
	}
}

func contractArguments(t *testing.T, r remote.Runner) {
	var all []byte
	for b := 1; b < 256; b++ {
		all = append(all, byte(b))
	}
	for _, args := range [][]string{
		{""}, {"a b", "c"}, {"it's", `say "hi"`, "back\\slash", "$HOME `id` $(id)"}, {"!history", "a!b!!"}, {"line\nline\n\n", "\ttab\r\n"},
		{"-n", "--", "*"}, {"grüße, мир, 世界, 🦊", "Á\u0081"}, {string(all)}, {strings.Repeat("0123456789", 4000)},
	} {
		got, err := r.Run(t.Context(), remote.Command{Script: `for a in "$@"; do printf '<%s>' "$a"; done; printf '%s' "$#"`, Args: args})
		if err != nil {
			t.Fatalf("args %.100q: %v", args, err)
		}
		want := "<" + strings.Join(args, "><") + ">" + fmt.Sprint(len(args))
		if got.Stdout != want {
			t.Errorf("args %.300q came back as %.300q", args, got.Stdout)
		}
	}
}

func contractNoInput(t *testing.T, r remote.Runner) {
	got, err := r.Run(t.Context(), remote.Command{Script: "cat; echo end"})
	if err != nil || got.Stdout != "end\n" {
		t.Errorf("got %q, %v", got.Stdout, err)
	}
}

// contractStreams moves 50 MB each way and looks at the memory while it does.
func contractStreams(t *testing.T, r remote.Runner) {
	const size = 50 << 20
	in, out := sha256.New(), sha256.New()
	peak := watchMemory(t)
	_, err := r.Run(t.Context(), remote.Command{
		Script: "cat",
		Stdin:  io.TeeReader(io.LimitReader(&counter{}, size), in),
		Stdout: out,
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(in.Sum(nil), out.Sum(nil)) {
		t.Error("the output is not the input")
	}
	if grown := peak(); grown > 30<<20 {
		t.Errorf("the heap grew by %d MB while %d MB were streamed", grown>>20, size>>20)
	}
}

// watchMemory returns a function that tells by how much the heap has grown at most.
func watchMemory(t *testing.T) func() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	before, most := stats.HeapInuse, stats.HeapInuse
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				runtime.ReadMemStats(&stats)
				most = max(most, stats.HeapInuse)
			}
		}
	}()
	stop := sync.OnceFunc(func() { close(done); <-stopped })
	t.Cleanup(stop)
	return func() uint64 { stop(); return most - before }
}

// counter is an endless stream of bytes that differ from block to block.
type counter struct{ n uint64 }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n += 0x9e3779b97f4a7c15
		p[i] = byte(c.n >> 56)
	}
	return len(p), nil
}

func contractStderr(t *testing.T, r remote.Runner) {
	got, err := r.Run(t.Context(), remote.Command{Script: `i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done >&2; echo last >&2`})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Stderr) > 64<<10 || !strings.HasSuffix(got.Stderr, "line 19999\nlast\n") {
		t.Errorf("%d bytes of stderr, ending in %.40q", len(got.Stderr), got.Stderr[max(0, len(got.Stderr)-40):])
	}
}

func contractEnvironment(t *testing.T, r remote.Runner) {
	got, err := r.Run(t.Context(), remote.Command{Script: `echo "$LC_ALL"; pwd; echo "$0"; cat /nowhere 2>&1 || :`})
	want := "C\n/\nbelt\ncat: /nowhere: No such file or directory\n"
	if err != nil || got.Stdout != want {
		t.Errorf("got %q, %v; want %q", got.Stdout, err, want)
	}
}

func contractExit(t *testing.T, r remote.Runner) {
	got, err := r.Run(t.Context(), remote.Command{Title: "try", Script: "echo some; echo why >&2; exit 42"})
	var exit *remote.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("got %v, want an ExitError", err)
	}
	if diff := cmp.Diff(&remote.ExitError{Server: r.Server(), Title: "try", Code: 42, Stderr: "why\n"}, exit); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(remote.Result{Stdout: "some\n", Stderr: "why\n", Code: 42}, got); diff != "" {
		t.Error(diff)
	}
	_, err = r.Run(t.Context(), remote.Command{Title: "die", Script: "kill -9 $$"})
	if !errors.As(err, &exit) || exit.Code == 0 {
		t.Errorf("a killed script: %v", err)
	}
}

func contractNUL(t *testing.T, r remote.Runner) {
	for _, cmd := range []remote.Command{{Script: "echo", Args: []string{"a\x00b"}}, {Script: "echo a\x00b"}} {
		if _, err := r.Run(t.Context(), cmd); err == nil {
			t.Errorf("%q with %q: no error", cmd.Script, cmd.Args)
		}
	}
}

func contractUnknownUser(t *testing.T, r remote.Runner) {
	got, err := r.Run(t.Context(), remote.Command{Script: "echo ran", As: "belt-no-such-user"})
	var sudo *remote.SudoError
	if !errors.As(err, &sudo) || sudo.As != "belt-no-such-user" || sudo.Server != r.Server() || sudo.Detail != remote.NoSuchUser || got.Stdout != "" {
		t.Errorf("got %+v, %v; want a SudoError", got, err)
	}
}

type signalWriter chan string

func (s signalWriter) Write(p []byte) (int, error) {
	select {
	case s <- string(p):
	default:
	}
	return len(p), nil
}

var errBroken = errors.New("broken on purpose")

func contractBrokenInput(t *testing.T, r remote.Runner) {
	broken := io.MultiReader(strings.NewReader("half"), errReader{})
	_, err := r.Run(t.Context(), remote.Command{Script: "cat >/dev/null", Stdin: broken})
	if !errors.Is(err, errBroken) || errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the reader's error alone", err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errBroken }

func (errReader) Write([]byte) (int, error) { return 0, errBroken }

func contractBrokenOutput(t *testing.T, r remote.Runner) {
	_, err := r.Run(t.Context(), remote.Command{Script: "while :; do echo more; done", Stdout: errReader{}})
	if !errors.Is(err, errBroken) || errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the writer's error alone", err)
	}
}

func contractConcurrent(t *testing.T, r remote.Runner) {
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			arg := fmt.Sprint(i)
			got, err := r.Run(t.Context(), remote.Command{Script: `echo "$1"; cat`, Args: []string{arg}, Stdin: strings.NewReader(arg)})
			if err != nil || got.Stdout != arg+"\n"+arg {
				t.Errorf("command %d: %q, %v", i, got.Stdout, err)
			}
		}()
	}
	wg.Wait()
}

func contractUnreadInput(t *testing.T, r remote.Runner) {
	got, err := r.Run(t.Context(), remote.Command{Script: "echo done", Stdin: io.LimitReader(&counter{}, 8<<20)})
	if err != nil || got.Stdout != "done\n" {
		t.Errorf("got %q, %v", got.Stdout, err)
	}
}

func contractAs(t *testing.T, r remote.Runner, as string) {
	home := "/nonexistent"
	if u, err := user.Lookup(as); err == nil {
		home = u.HomeDir
	}
	for range 2 { // the first command to a user may take another way than later ones
		got, err := r.Run(t.Context(), remote.Command{Script: `id -un; echo "$HOME $LC_ALL $1"; cat`, Args: []string{"it's"}, As: as, Stdin: strings.NewReader("in")})
		want := as + "\n" + home + " C it's\nin"
		if err != nil || got.Stdout != want {
			t.Errorf("got %q, %v; want %q", got.Stdout, err, want)
		}
	}
}
