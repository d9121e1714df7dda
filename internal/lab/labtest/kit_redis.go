package labtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
)

// redis is the kit of Redis and Valkey.
type redis struct{ kind lab.Kind }

func (redis) Port() string { return "6379" }

func (redis) Variables() Variables { return Variables{Prefix: "REDIS"} }

func (redis) Ways() Ways {
	return Ways{Stopped: "restart", Diverged: "full", LogLost: "full", Copy: "start", RestartsItself: true, RetriesCopy: true, InMemory: true,
		TLSRestarts: Suite() == "bullseye"} // which has 6.0: it can since 7.0
}

func (redis) Compared() (tables, rows int64) { return 3, 10000 }

// Cli is Server.RedisCLI that fails the test.
func Cli(t testing.TB, s *lab.Server, command ...string) string {
	t.Helper()
	out, err := s.RedisCLI(t.Context(), command...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (redis) OwnData(t testing.TB, s *lab.Server) {
	t.Helper()
	Cli(t, s, "-n", "5", "EVAL", "for i = 1, 1000 do redis.call('SET', 'precious:' .. i, redis.sha1hex(i)) end", "0")
}

func (redis) HasOwnData(t testing.TB, s *lab.Server) bool {
	t.Helper()
	out, err := s.RedisCLI(t.Context(), "-n", "5", "DBSIZE")
	return err == nil && out == "1000"
}

func (redis) Filled(t testing.TB, s *lab.Server) bool {
	t.Helper()
	out, err := s.RedisCLI(t.Context(), "EXISTS", "page:1:1")
	return err == nil && out == "1"
}

func (redis) Written(t testing.TB, s *lab.Server) {
	t.Helper()
	Cli(t, s, "SET", "alone", "1")
	Cli(t, s, "DEL", "alone")
}

func (k redis) Kept(t testing.TB, s *lab.Server) []string {
	t.Helper()
	return split(Exec(t, s, `find /var/lib -maxdepth 2 -path "*/$1*belt-old*" -not -path '/var/lib/belt/*'`, string(k.kind)))
}

func (k redis) Left(t testing.TB, s *lab.Server) []string {
	t.Helper()
	var left []string
	for _, user := range split(Cli(t, s, "ACL", "USERS")) {
		if strings.HasPrefix(user, "belt") {
			left = append(left, "user "+user)
		}
	}
	for _, setting := range []string{"masterauth", "masteruser"} {
		if value := strings.Split(Cli(t, s, "CONFIG", "GET", setting), "\n"); len(value) == 2 && value[1] != "" {
			left = append(left, "setting "+setting)
		}
	}
	info := Cli(t, s, "INFO", "replication")
	for _, line := range split(info) {
		if strings.HasPrefix(line, "master_host") || strings.HasPrefix(line, "slave0") {
			left = append(left, strings.TrimSpace(line))
		}
	}
	left = append(left, split(Exec(t, s, `
		grep -rl belt "/etc/$1" /etc/systemd/system 2>/dev/null
		find "/etc/$1" /etc/systemd/system "/var/lib/$1" -name '*belt*' -not -name '*belt-old*' 2>/dev/null; :`, string(k.kind)))...)
	return append(left, leftOnServer(t, s)...)
}

func (k redis) AppReads(t testing.TB, web, replica *lab.Server) bool {
	t.Helper()
	out := Exec(t, web, `REDISCLI_AUTH=$3 "$1-cli" -h "$2" ROLE`, string(k.kind), replica.Internal.String(), lab.Password)
	return strings.HasPrefix(out, "slave\n")
}

func (redis) Encrypted(t testing.TB, primary, replica *lab.Server) {
	t.Helper()
	if tls := Cli(t, replica, "CONFIG", "GET", "tls-replication"); !strings.HasSuffix(tls, "\nyes") {
		t.Errorf("tls-replication: %q", tls)
	}
	// The connection goes to the port that speaks TLS, and the plain one is still there for the apps.
	info := Cli(t, replica, "INFO", "replication")
	tls := strings.Split(Cli(t, primary, "CONFIG", "GET", "tls-port"), "\n")
	if len(tls) != 2 || tls[1] == "0" || !strings.Contains(info, "master_port:"+tls[1]) {
		t.Errorf("tls-port %q of the primary; the replica: %s", tls, info)
	}
	if plain := Cli(t, primary, "CONFIG", "GET", "port"); plain != "port\n6379" {
		t.Errorf("the plain port: %q", plain)
	}
	ca := strings.Split(Cli(t, replica, "CONFIG", "GET", "tls-ca-cert-file"), "\n")
	if len(ca) != 2 || ca[1] == "" {
		t.Fatalf("tls-ca-cert-file: %q", ca)
	}
	Exec(t, replica, `cp -p "$1" /root/right.crt
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=wrong -keyout /dev/null -out "$1" 2>/dev/null`, ca[1])
	Cli(t, replica, "CONFIG", "SET", "tls-ca-cert-file", ca[1]) // read again
	Cli(t, primary, "CLIENT", "KILL", "TYPE", "replica")
	Eventually(t, "the replica refuses a primary with another certificate", func() bool {
		return strings.Contains(Cli(t, replica, "INFO", "replication"), "master_link_status:down") &&
			strings.Contains(Exec(t, replica, `tail -n 20 /var/log/redis/*.log /var/log/valkey/*.log 2>/dev/null || :`), "certificate verify failed")
	})
	Exec(t, replica, `cp -p /root/right.crt "$1"; rm /root/right.crt`, ca[1])
	Cli(t, replica, "CONFIG", "SET", "tls-ca-cert-file", ca[1])
	Eventually(t, "the replica streams again", func() bool {
		return strings.Contains(Cli(t, replica, "INFO", "replication"), "master_link_status:up")
	})
}

func (redis) GiveEveryStepWork(testing.TB, *lab.Server) {}

func (redis) LongSteps() []string {
	return []string{"settings", "user.db2", "aside.db2", "start.db2", "start.db2", "prove.db2"}
}

func (redis) Parted(testing.TB, *lab.Server) ([]string, bool) { return nil, true }

func (redis) Durable() string { return "appendonly yes\nappendfsync always\n" }

func (k redis) folders() []string {
	return []string{
		fmt.Sprintf("/var/lib/%s -maxdepth 1 -not -name temp-* -not -name *.rdb", k.kind),
		fmt.Sprintf("/var/lib -maxdepth 1 -name *%s*", k.kind),
	}
}

// state is the whole configuration as it is in force, the accounts, and who follows whom.
func (redis) state(t testing.TB, s *lab.Server) (string, error) {
	var state strings.Builder
	config, err := s.RedisCLI(t.Context(), "CONFIG", "GET", "*")
	if err != nil {
		return "", err
	}
	for name, value := range Settings(config) {
		fmt.Fprintf(&state, "setting %s\t%s\n", name, value)
	}
	users, err := s.RedisCLI(t.Context(), "ACL", "LIST")
	if err != nil {
		return "", err
	}
	for _, user := range split(users) {
		fmt.Fprintf(&state, "user %s\tthere\n", user)
	}
	info, err := s.RedisCLI(t.Context(), "INFO", "replication")
	for _, line := range split(info) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), ":"); name == "role" || name == "connected_slaves" || name == "master_host" {
			fmt.Fprintf(&state, "%s\t%s\n", name, value)
		}
	}
	return state.String(), err
}

// Settings reads what CONFIG GET * prints, a name and a value a line. Since 7.0 they come in no order, and where the last value is
// empty the output ends one line early.
func Settings(text string) map[string]string {
	lines := strings.Split(text, "\n")
	all := map[string]string{}
	for i := 0; i < len(lines); i += 2 {
		all[lines[i]] = strings.Join(lines[min(i+1, len(lines)):min(i+2, len(lines))], "")
	}
	return all
}
