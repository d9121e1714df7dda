package compare

import (
	"context"
	_ "embed"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed testdata/pair.sh
	pairScript string
	//go:embed testdata/end.sh
	endScript string
	//go:embed testdata/fill.lua
	fillScript string
	//go:embed testdata/tamper.sh
	tamperScript string
)

// TestRealServersHere compares two servers on this machine, where the programs are installed.
func TestRealServersHere(t *testing.T) {
	found := false
	for _, name := range []string{"redis", "valkey"} {
		path, err := exec.LookPath(name + "-server")
		if err != nil {
			continue
		}
		found = true
		t.Run(name, func(t *testing.T) {
			version, err := exec.CommandContext(t.Context(), path, "--version").Output()
			if err != nil {
				t.Fatal(err)
			}
			realServers(t, remotetest.Local{}, name, t.TempDir()+"/pair", !strings.Contains(string(version), " v=6."))
		})
	}
	if !found {
		t.Skip("neither redis-server nor valkey-server is installed here; the lab has them")
	}
}

// realServers makes a primary and its replica on the runner's machine, and compares them: a true copy, under writes, and one
// that was changed by hand; by scripts, and as an account that may run none.
func realServers(t *testing.T, r remote.Runner, program, dir string, absolute bool) {
	const primary, replica = 6101, 6102
	sh := func(script, input string, args ...string) string {
		t.Helper()
		result, err := r.Run(t.Context(), remote.Command{Title: "prepare", Script: script, Args: args, Stdin: strings.NewReader(input)})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(result.Stdout)
	}
	sh(pairScript, fillScript, program, dir, fmt.Sprint(primary), fmt.Sprint(replica))
	t.Cleanup(func() {
		if _, err := r.Run(context.WithoutCancel(t.Context()), remote.Command{Title: "clean up", Script: endScript, Args: []string{dir}}); err != nil {
			t.Error(err)
		}
	})
	client := sh(`command -v "$1-cli"`, "", program)
	server := func(name string, port int, user string) Server {
		p := talk.Place{Client: client, Config: "/dev/null", Host: "127.0.0.1", Port: port, User: user, Password: func() (string, error) { return user, nil }}
		return Server{Name: name, Absolute: absolute, Open: func(ctx context.Context) (Session, error) { return p.Open(ctx, r, "read the keys") }}
	}
	compared := func(t *testing.T, user string) []string {
		t.Helper()
		begun := time.Now()
		v, err := Run(t.Context(), server("db1", primary, user), server("db2", replica, user), Options{Tolerance: 5 * time.Second}, func(int64, int64, string) {})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d keys in %.1f s, skipped: %q", v.Rows, time.Since(begun).Seconds(), v.Skipped)
		if v.Tables != 2 || v.Rows < 15000 {
			t.Errorf("%d databases and %d keys were compared", v.Tables, v.Rows)
		}
		return objects(v)
	}
	ways := map[string]string{"scripts": "", "no scripts": "plain"}
	for name, user := range ways {
		t.Run("a true copy, "+name, func(t *testing.T) {
			if got := compared(t, user); len(got) > 0 {
				t.Errorf("%q", got)
			}
		})
	}
	t.Run("under writes", func(t *testing.T) {
		sh(`(while [ -d "$2/primary" ]; do "$1-cli" -p "$3" EVAL "$4" 0; done) >/dev/null 2>&1 & echo $! >"$2/writer.pid"`, "", program, dir, fmt.Sprint(primary),
			`for i = 1, 200 do redis.call('SET', 's:1:' .. math.random(2500), math.random()); redis.call('DEL', 'h:2:' .. math.random(500));
			redis.call('HINCRBY', 'h:2:' .. math.random(500), 'n', 1); redis.call('LPUSH', 'l:3:' .. math.random(500), i) end`)
		got := compared(t, "")
		sh(`kill "$(cat "$1/writer.pid")"; rm "$1/writer.pid"`, "", dir)
		if len(got) > 0 {
			t.Errorf("%q", got)
		}
	})
	sh(tamperScript, "", program, fmt.Sprint(replica))
	want := []string{
		"db0:extra", "db0:h:1:7", "db0:l:1:10", "db0:s:1:5", "db0:s:1:6", "db0:set:1:8", "db0:x:1:11", "db0:z:1:9", "db3:big hash:1:1",
		"db3:big list:1:1", "db3:big set:1:1", "db3:big stream:1:1", "db3:big string:1:1", "db3:big zset:1:1",
	}
	for name, user := range ways {
		t.Run("changed by hand, "+name, func(t *testing.T) {
			if d := cmp.Diff(want, compared(t, user)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// objects are the names of what differs.
func objects(v replication.Verification) []string {
	var out []string
	for _, d := range v.Differences {
		out = append(out, d.Object)
	}
	slices.Sort(out)
	return out
}
