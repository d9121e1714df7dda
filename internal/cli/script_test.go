package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dbbelt/belt/internal/ops"
)

// TestMain makes the test binary a belt for scripts: the same as the real one, but its servers are folders of the script's
// world, and its engine is a toy.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"belt": func() { os.Exit(toyBelt(os.Args[1:], os.Environ()).run(context.Background())) }})
}

func toyBelt(args, env []string) *belt {
	getenv := lookup(env)
	return &belt{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: getenv, args: args,
		engines: ops.Engines{"postgresql": toy{}}, connect: world{getenv("WORLD")}.open, locks: ops.ServerLocks{}, pusher: ops.Files{},
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: false,
		Setup: func(e *testscript.Env) error {
			e.Setenv("WORLD", filepath.Join(e.WorkDir, "world"))
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exit": exitOf},
	})
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
