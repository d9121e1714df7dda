package cli

import (
	"context"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dbbelt/belt/internal/ops"
)

// TestMain makes the test binary a belt for scripts: the same as the real one, but its servers are folders of the script's
// world, and its engine is a toy.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "belt" {
		notHeld := make(chan os.Signal, 1)
		signal.Notify(notHeld, syscall.SIGHUP) // under nohup a belt would ignore the hangup that the scripts send
	}
	testscript.Main(m, map[string]func(){"belt": func() { os.Exit(toyBelt(os.Args[1:], os.Environ()).run(context.Background())) }})
}

func toyBelt(args, env []string) *belt {
	getenv := lookup(env)
	return &belt{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: getenv, args: args,
		engines: ops.Engines{"postgresql": toy{}}, connect: world{getenv("WORLD")}.open, locks: ops.ServerLocks{}, pusher: ops.OnServers,
		streams: pipes{getenv("WORLD")},
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: false,
		Setup: func(e *testscript.Env) error {
			e.Setenv("WORLD", filepath.Join(e.WorkDir, "world"))
			e.Setenv("HOME", e.WorkDir)
			return furnish(e.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit": exitOf, "snapshot": snapshot, "unchanged": unchanged, "await": await, "signal": send,
		},
	})
}

// furnish gives a script the world that most want, as far as it does not bring its own.
func furnish(dir string) error {
	archive, err := txtar.ParseFile(filepath.Join("..", "..", "testdata", "world", "shop.txtar"))
	if err != nil {
		return err
	}
	for _, file := range archive.Files {
		path := filepath.Join(dir, file.Name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, file.Data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// exitOf runs belt and demands an exit code: `exit 3 belt db status`.
func exitOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE belt ARGS…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = lastWord(err.Error())
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

func lastWord(s string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == ' ' {
			return s[i+1:]
		}
	}
	return s
}

// snapshot keeps what every file of the world and belt.yaml hold: `snapshot NAME`.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: snapshot NAME")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".snapshot"), []byte(contents(ts)), 0o666))
}

// unchanged demands that nothing is different since the snapshot: `unchanged NAME`.
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unchanged NAME")
	}
	before := ts.ReadFile(args[0] + ".snapshot")
	if diff := cmp.Diff(before, contents(ts)); diff != "" {
		ts.Fatalf("something changed (-before +now):\n%s", diff)
	}
}

func contents(ts *testscript.TestScript) string {
	var out strings.Builder
	out.WriteString(ts.ReadFile("belt.yaml"))
	ts.Check(filepath.WalkDir(ts.MkAbs("world"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		out.WriteString(path + "\n")
		if !entry.IsDir() {
			out.WriteString(ts.ReadFile(path))
		}
		return nil
	}))
	return out.String()
}

// await waits until a file is there: `await FILE`.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not come", args[0])
}

// send sends a signal to what runs in the background: `signal TERM`.
func send(ts *testscript.TestScript, neg bool, args []string) {
	known := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	if neg || len(args) != 1 || known[args[0]] == 0 {
		ts.Fatalf("usage: signal INT|TERM|HUP")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(known[args[0]]))
	}
}
