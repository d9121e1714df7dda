package redis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// slowServer has its socket at once, and answers some time later.
const slowServer = `#!/bin/sh
while [ "$1" != --unixsocket ]; do shift; done
: >"$2"
sleep 0.3
: >"$2.answers"
exec sleep 60
`

// refusedClient does as Redis's own does on a socket where nobody answers yet: it ends well unless it was given a command.
const refusedClient = `#!/bin/sh
while [ "$1" != -s ]; do shift; done
if [ ! -e "$2.answers" ]; then
	echo "Could not connect to Redis at $2: Connection refused" >&2
	[ $# -gt 2 ] || exec cat >/dev/null
	exit 1
fi
if [ $# -gt 2 ]; then echo PONG; else sed 's/^/said: /'; fi
`

// TestRehearsalWaitsForAnAnswer: a server that is asked between its bind and its listen says nothing, and that is no error of
// the client's.
func TestRehearsalWaitsForAnAnswer(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can start a server as another user")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"server": slowServer, "client": refusedClient, "redis.conf": "port 6379\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	result, err := (&remotetest.Local{}).Run(t.Context(), remote.Command{
		Title: "rehearse a restart", Script: talk.ConfScript + talk.LoginScript + rehearseScript,
		Args:  []string{dir + "/server", dir + "/client", dir + "/redis.conf", "root", "", ""},
		Stdin: strings.NewReader("AUTH x\nCONFIG GET port\n"), ReadOnly: true,
	})
	if want := "said: AUTH x\nsaid: CONFIG GET port\n"; err != nil || result.Stdout != want {
		t.Errorf("%q %v, want %q", result.Stdout, err, want)
	}
}
