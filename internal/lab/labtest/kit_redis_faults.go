package labtest

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
)

// Tamper writes to the replica as somebody would who makes it writable for a moment.
func (redis) Tamper(t testing.TB, primary, replica *lab.Server) Tampered {
	t.Helper()
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	Cli(t, replica, "CONFIG", "SET", "replica-read-only", "no")
	Cli(t, replica, "-n", "3", "HSET", "session:1:17", "field-3", "changed")
	Cli(t, replica, "CONFIG", "SET", "replica-read-only", "yes")
	if was := Cli(t, primary, "-n", "3", "HGET", "session:1:17", "field-3"); was == "" || was == "changed" {
		t.Fatalf("the primary has %q", was)
	}
	return Tampered{Object: "db3:session:1:17", Key: "session:1:17", Other: "session:1:18"}
}

func (redis) Diverge(t testing.TB, primary, replica *lab.Server) {
	t.Helper()
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	Cli(t, replica, "REPLICAOF", "NO", "ONE")
	Cli(t, replica, "EVAL", "for i = 1, 1000 do redis.call('SET', 'strayed:' .. i, i) end", "0")
}

func (redis) Strayed(t testing.TB, replica *lab.Server) bool {
	t.Helper()
	out, err := replica.RedisCLI(t.Context(), "EXISTS", "strayed:1", "strayed:1000")
	return err == nil && out == "2"
}

// LoseLog writes more than the backlog holds.
func (redis) LoseLog(t testing.TB, primary, _ *lab.Server) {
	t.Helper()
	was := strings.TrimPrefix(Cli(t, primary, "CONFIG", "GET", "repl-backlog-size"), "repl-backlog-size\n")
	Cli(t, primary, "CONFIG", "SET", "repl-backlog-size", "16384")
	Cli(t, primary, "EVAL", "for i = 1, 3000 do redis.call('SET', 'flood', string.rep('x', 1000) .. i) end; redis.call('DEL', 'flood')", "0")
	Cli(t, primary, "CONFIG", "SET", "repl-backlog-size", was)
}

func (redis) Damages() []Damage {
	user := func(t testing.TB, primary *lab.Server) string {
		t.Helper()
		for _, user := range split(Cli(t, primary, "ACL", "USERS")) {
			if strings.HasPrefix(user, "belt") {
				return user
			}
		}
		t.Fatalf("%s has no user of Belt", primary)
		return ""
	}
	return []Damage{
		{"its connection is wrong", func(t testing.TB, _, replica *lab.Server) {
			Cli(t, replica, "REPLICAOF", "192.0.2.1", "6379")
		}},
		{"its password is wrong", func(t testing.TB, primary, _ *lab.Server) {
			Cli(t, primary, "ACL", "SETUSER", user(t, primary), "resetpass", ">other")
			Cli(t, primary, "CLIENT", "KILL", "TYPE", "replica")
		}},
		{"its user is gone", func(t testing.TB, primary, _ *lab.Server) {
			Cli(t, primary, "ACL", "DELUSER", user(t, primary))
			Cli(t, primary, "CLIENT", "KILL", "TYPE", "replica")
		}},
	}
}

func (k redis) Busy(t testing.TB, s *lab.Server) (end func()) {
	t.Helper()
	Exec(t, s, `nohup setsid sh -c 'echo $$ >/run/busy.pid; while :; do "$1-cli" -a "$2" --no-auth-warning -n 9 INCR busy; sleep 0.01; done' sh "$1" "$2" >/dev/null 2>&1 &`, string(k.kind), lab.Password)
	Eventually(t, "somebody writes", func() bool { return Cli(t, s, "-n", "9", "EXISTS", "busy") == "1" })
	return func() {
		Exec(t, s, `kill -- "-$(cat /run/busy.pid)"; rm /run/busy.pid`)
		Cli(t, s, "-n", "9", "DEL", "busy")
	}
}
