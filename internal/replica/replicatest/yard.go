// Package replicatest helps the engines' tests with what package replica gives them.
package replicatest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// Yard is a folder in which a script runs under the real shell, with a systemctl of its own that only notes what it is told
// in systemctl.log.
type Yard struct {
	T   testing.TB
	Env []string // of the scripts
	dir string
}

// NewYard makes a yard with nothing but its tools.
func NewYard(t testing.TB) *Yard {
	t.Helper()
	y := &Yard{T: t, dir: t.TempDir()}
	y.Tool("systemctl", "#!/bin/sh\ncase $1 in show | is-enabled) exit ;; esac\necho \"$@\" >>"+y.Path("systemctl.log")+"\n")
	y.Tool("restorecon", "#!/bin/sh\n")
	y.Env = []string{"PATH=" + y.Path("bin") + ":" + os.Getenv("PATH")}
	return y
}

// Tool puts a program in front of the system's own.
func (y *Yard) Tool(name, text string) {
	y.T.Helper()
	y.Write("bin/"+name, text)
	if err := os.Chmod(y.Path("bin/"+name), 0o755); err != nil {
		y.T.Fatal(err)
	}
}

// Path is where a file of the yard is.
func (y *Yard) Path(name string) string { return filepath.Join(y.dir, name) }

// Write makes a file, and the folders above it.
func (y *Yard) Write(name, text string) {
	y.T.Helper()
	if err := os.MkdirAll(filepath.Dir(y.Path(name)), 0o755); err != nil {
		y.T.Fatal(err)
	}
	if err := os.WriteFile(y.Path(name), []byte(text), 0o644); err != nil {
		y.T.Fatal(err)
	}
}

// Read is a file's content; "(none)" where there is none.
func (y *Yard) Read(name string) string {
	text, err := os.ReadFile(y.Path(name))
	if err != nil {
		return "(none)"
	}
	return string(text)
}

// Run runs a script as a server would.
func (y *Yard) Run(script string, args ...string) error {
	_, err := remotetest.Local{Env: y.Env}.Run(y.T.Context(), remote.Command{Title: "script", Script: script, Args: args})
	return err
}

// Tree lists the folder's files with their content, without the tools.
func (y *Yard) Tree() map[string]string {
	y.T.Helper()
	out := map[string]string{}
	err := filepath.Walk(y.dir, func(path string, info fs.FileInfo, err error) error {
		name, _ := filepath.Rel(y.dir, path)
		switch {
		case err != nil:
			return err
		case name == "bin":
			return filepath.SkipDir
		case name == "systemctl.log":
		case info.Mode()&os.ModeSymlink != 0:
			out[name], err = os.Readlink(path)
		case !info.IsDir():
			out[name] = y.Read(name)
		case name != ".":
			out[name+"/"] = ""
		}
		return err
	})
	if err != nil {
		y.T.Fatal(err)
	}
	return out
}

// CutAt is the script with a failure before its n-th command at the outermost level; empty when it has no more.
func CutAt(script string, n int) string {
	lines := strings.Split(script, "\n")
	begun := false
	for i, line := range lines {
		words := strings.Fields(line)
		begun = begun || strings.HasPrefix(line, "set -")
		if !begun || len(words) == 0 || words[0][0] == '#' {
			continue
		}
		switch words[0] {
		case "}", "fi", "else", "done", "esac", "set", "fail()", "elif", "echo", "exit", ";;":
			continue
		}
		if i > 0 && strings.HasSuffix(lines[i-1], "\\") || strings.HasPrefix(lines[max(0, i-1)], "{") {
			continue
		}
		if n--; n == 0 {
			return strings.Join(lines[:i], "\n") + "\nexit 77\n" + strings.Join(lines[i:], "\n")
		}
	}
	return ""
}
