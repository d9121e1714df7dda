//go:build lab

package scenarios

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// forms is a primary and a server beside it, in whatever form an operator runs Redis or Valkey.
type forms struct {
	*world
	kind string
	pure string // the inventory as it was
}

// TestRedisInEveryForm enables, verifies and disables on servers that are set up in all the ways that concern replication.
// They share one lab; each form begins with the files of a new server.
func TestRedisInEveryForm(t *testing.T) {
	only(t, lab.Redis, lab.Valkey)
	f := &forms{world: newWorld(t, 1, "shop/db1", "shop/db2"), kind: string(labtest.Engine())}
	f.pure = f.readsInventory()
	for _, s := range []*lab.Server{f.db1, f.db2} {
		labtest.Exec(t, s, `cp -a "/etc/$1" /root/etc`, f.kind)
	}
	for _, form := range []struct {
		name string
		run  func(*forms)
	}{
		{"a small output buffer", (*forms).smallBuffer},
		{"the output buffer overruns all the same", (*forms).overrun},
		{"an append-only file", (*forms).appendOnly},
		{"users in a file of their own", (*forms).aclFile},
		{"a password that no file tells", (*forms).hashedPassword},
		{"no port, only a socket", (*forms).socketOnly},
		{"commands by other names, and no scripts", (*forms).renamed},
		{"two on one server", (*forms).two},
		{"what is refused", (*forms).refusals},
		{"an include that would win", (*forms).include},
		{"an administrator rewrites the configuration", (*forms).rewritten},
		{"a replica that was written to", (*forms).writtenTo},
	} {
		t.Run(form.name, func(t *testing.T) {
			own := *f
			own.world = f.on(t)
			form.run(&own)
		})
	}
}

// begin gives both servers the files of a new one, with further lines in their configurations, and some keys of their own.
func (f *forms) begin(primary, replica string) {
	f.t.Helper()
	if err := os.WriteFile(f.Inventory(), []byte(f.pure), 0o644); err != nil {
		f.t.Fatal(err)
	}
	f.ready(f.db2, replica)
	f.ready(f.db1, primary)
}

func (f *forms) ready(s *lab.Server, lines string) {
	f.t.Helper()
	labtest.Exec(f.t, s, `set -eu
		systemctl stop "$1-server" "$1-server@second" 2>/dev/null || :
		rm -rf "/etc/$1" "/var/lib/$1/"* /var/lib/belt /var/lib/*belt-old* /etc/systemd/system/*.d/belt.conf
		cp -a /root/etc "/etc/$1"
		systemctl daemon-reload
		printf '%s\n' "$2" >>"/etc/$1/$1.conf"
		systemctl reset-failed "$1-server" 2>/dev/null || :
		systemctl start "$1-server"`, f.kind, lines)
	f.keys(s, s.Name)
}

// tried asks a server as its administrator, by its socket where it has no port; nothing comes from one that does not answer.
func (f *forms) tried(s *lab.Server, words ...string) (string, error) {
	return s.Exec(f.t.Context(), `set -eu
		client=$1-cli socket=/run/$1/lab.sock
		export REDISCLI_AUTH="$2"
		shift 2
		if [ -S "$socket" ]; then exec "$client" -s "$socket" "$@"; else exec "$client" "$@"; fi`,
		append([]string{f.kind, lab.Password}, words...)...)
}

// cli is tried, and has to succeed.
func (f *forms) cli(s *lab.Server, words ...string) string {
	f.t.Helper()
	out, err := f.tried(s, words...)
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// until waits for an answer.
func (f *forms) until(want string, s *lab.Server, words ...string) {
	f.t.Helper()
	last := ""
	defer func() {
		if last != want {
			f.t.Logf("%s: %q: %q", s, words, last)
		}
	}()
	labtest.Eventually(f.t, s.ID()+" answers "+want, func() bool {
		last, _ = f.tried(s, words...) // it may be starting
		return last == want
	})
}

// keys gives a server keys whose values are its name.
func (f *forms) keys(s *lab.Server, value string) {
	f.t.Helper()
	f.until("PONG", s, "PING")
	for _, key := range []string{"one", "two"} {
		f.cli(s, "SET", key, value)
	}
	f.cli(s, "HSET", "hash", "of", value)
}

// verify compares, and fails the test unless it ends so.
func (f *forms) verify(equal bool) (objects string) {
	f.t.Helper()
	code := map[bool]int{true: 0, false: 6}[equal]
	ended := f.belt.Run(f.t, "db", "replicate", "verify", shop, "-o", "json").Want(f.t, code)
	var v verification
	ended.Decode(f.t, &v)
	if len(v.Replicas) != 1 || v.Equal != equal || v.Replicas[0].Compared.Rows < 3 {
		f.t.Fatalf("want equal %v: %s", equal, ended)
	}
	var differ []string
	for _, d := range v.Replicas[0].Differences {
		differ = append(differ, d.Object)
	}
	return strings.Join(differ, " ")
}

// lives enables, sees that the replica follows, also after a restart, and lets it go again.
func (f *forms) lives(args ...string) {
	f.t.Helper()
	f.enable(append([]string{"--replica", "db2"}, args...)...)
	f.follows(shop, "db2")
	f.verify(true)
	f.restart(f.db2)
	f.cli(f.db1, "SET", "after", "the restart")
	f.until("the restart", f.db2, "GET", "after")
	f.follows(shop, "db2")
	f.goes()
}

// goes disables, and sees that nothing is left but the data.
func (f *forms) goes() {
	f.t.Helper()
	f.belt.Do(f.t, 0, "db", "replicate", "disable", shop, "--replica", "db2")
	if got := f.cli(f.db2, "GET", "one"); got != "db1" {
		f.t.Errorf("after disable db2 has %q", got)
	}
	if got := f.cli(f.db2, "SET", "writable", "yes"); got != "OK" {
		f.t.Errorf("after disable db2 says %q", got)
	}
	for _, s := range []*lab.Server{f.db1, f.db2} {
		if left := labtest.Exec(f.t, s, `grep -rl belt "/etc/$1" /etc/systemd/system 2>/dev/null; find "/etc/$1" "/var/lib/$1" -name '*belt*' -not -name '*belt-old*'; :`, f.kind); left != "" {
			f.t.Errorf("%s: left over: %s", s, left)
		}
	}
}

func (f *forms) restart(s *lab.Server) {
	f.t.Helper()
	do(f.t, func(ctx context.Context) error { return s.Systemctl(ctx, "restart") })
	f.until("PONG", s, "PING")
}

// setting is a setting as it is in force.
func (f *forms) setting(s *lab.Server, name string) string {
	f.t.Helper()
	_, value, _ := strings.Cut(f.cli(s, "CONFIG", "GET", name), "\n")
	return value
}

// refused fails the test unless enable ends with 3 and says these.
func (f *forms) refused(says ...string) {
	f.t.Helper()
	r := f.belt.Do(f.t, 3, "db", "replicate", "enable", shop, "--replica", "db2")
	for _, text := range says {
		if !strings.Contains(r.Error+" "+r.Hint, text) {
			f.t.Errorf("want %q in: %s", text, r.Ended)
		}
	}
	if got := f.cli(f.db2, "GET", "one"); got != "db2" {
		f.t.Errorf("db2 has %q", got)
	}
}
