package labtest

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
)

// Env is what an application on the server reads from its file of variables; nothing where there is no file.
func Env(t testing.TB, server *lab.Server) map[string]string {
	t.Helper()
	// The shell is the reader of the dotenv style that takes no parser of ours.
	out := Exec(t, server, `[ ! -e "$1" ] || env -i bash -c 'set -a; . "$1"; env' bash "$1"`, lab.EnvFile)
	env := map[string]string{}
	for _, line := range strings.Split(out, "\n") {
		name, value, ok := strings.Cut(line, "=")
		if ok && name != "PWD" && name != "SHLVL" && name != "_" {
			env[name] = value
		}
	}
	return env
}
