package lab

import (
	"bufio"
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

// Every engine's answer to a write is told from a refusal, and from silence.
func TestDialogues(t *testing.T) {
	for _, test := range []struct {
		kind         Kind
		name, answer string
		want         string
		broken       bool
	}{
		{Redis, "acknowledged", ":1\r\n:1\r\n$3\r\n1-1\r\n:7\r\n:1\r\n:1\r\n+OK\r\n$5\r\nend 7\r\n", "", false},
		{Redis, "read only", "-READONLY You can't write against a read only replica.\r\n$5\r\nend 7\r\n",
			"refused: -READONLY You can't write against a read only replica. $5", false},
		{Redis, "a wrong password", "-WRONGPASS invalid username-password pair\n", "connection lost: -WRONGPASS invalid username-password pair", true},
		{Redis, "a server that starts", "-LOADING Redis is loading the dataset in memory\r\n", "refused: -LOADING Redis is loading the dataset in memory", true},
		{Redis, "acknowledged, then lost", ":1\r\n+OK\r\n", "", true},
		{MariaDB, "acknowledged", "ack\t7\nend\t7\n", "", false},
		{MariaDB, "read only", "ERROR 1290 (HY000) at line 1: The MariaDB server is running with the --read-only option\n",
			"connection lost: ERROR 1290 (HY000) at line 1: The MariaDB server is running with the --read-only option", true},
		{MySQL, "the answer to another row", "ack\t6\nend\t7\n", "refused: ack\t6", false},
		{PostgreSQL, "acknowledged", "ack|7\nend 7\n", "", false},
	} {
		t.Run(string(test.kind)+" "+test.name, func(t *testing.T) {
			server := &Server{ServerSpec: ServerSpec{Kind: test.kind, Open: true}, Container: "db1"}
			d := server.kit().session(nil).(dialogue)
			var sent bytes.Buffer
			s := &program{stdin: nopCloser{&sent}, stdout: bufio.NewScanner(strings.NewReader(test.answer))}
			turn := d.write("lab_writes", 7)
			got := ""
			if err := s.take(turn); err != nil {
				got = err.Error()
			}
			if got != test.want || s.lost != test.broken {
				t.Errorf("got %q, broken %v; want %q, %v", got, s.lost, test.want, test.broken)
			}
			if sent.String() != turn.send || !strings.Contains(turn.send, "7") || len(d.command) == 0 {
				t.Errorf("sent %q", sent.String())
			}
		})
	}
}

// Of all that is written for a row in Redis, only one command is answered by what acknowledges it.
func TestOneAnswerAcknowledges(t *testing.T) {
	turn := redis{&Server{ServerSpec: ServerSpec{Kind: Redis}}}.session(nil).(dialogue).write("lab_writes", 7)
	for _, line := range strings.Split(turn.send, "\r\n") {
		switch word, _, _ := strings.Cut(line, " "); word {
		case "SET", "ECHO", "HINCRBY", "ZADD", "XADD", "LPUSH", "HSET", "EXPIREAT", "": // all but SET answer otherwise
		default:
			t.Errorf("what does %s answer?", word)
		}
	}
	if n := strings.Count(turn.send, "\r\nSET "); n != 1 {
		t.Errorf("%d SETs: %q", n, turn.send)
	}
}

// The app logs in from its own server, with its password.
func TestTheWriterLogsInAsTheApp(t *testing.T) {
	web := &Server{Container: "web1"}
	for _, kind := range Engines() {
		db := &Server{ServerSpec: ServerSpec{Kind: kind, Open: true}, Container: "db1", Internal: netip.MustParseAddr("10.87.0.13")}
		var command string
		switch d := db.kit().session(web).(type) {
		case dialogue:
			command = strings.Join(d.command, " ")
		case mongoDialer:
			on, uri := d.way()
			command = on.Container + " password=" + uri
			command = strings.Replace(command, User+":"+Password, "="+Password, 1)
		}
		if !strings.Contains(command, "web1") || strings.Contains(command, "db1") || !strings.Contains(command, "10.87.0.13") {
			t.Errorf("%s: %s", kind, command)
		}
		if !strings.Contains(command, "="+Password) {
			t.Errorf("%s: no password: %s", kind, command)
		}
	}
}

func TestHostPattern(t *testing.T) {
	if got := hostPattern(netip.MustParsePrefix("10.87.3.0/24")); got != "10.87.3.%" {
		t.Errorf("got %s", got)
	}
}

func TestSumsByObject(t *testing.T) {
	one := sumsByObject("db0/string\tb 2\ndb0/hash\ta 1\ndb0/string\ta 1\n")
	if lines := strings.Count(one, "\n"); lines != 2 {
		t.Fatalf("%d objects: %s", lines, one)
	}
	if again := sumsByObject("db0/string\ta 1\ndb0/string\tb 2\ndb0/string\ta 1\ndb0/hash\ta 1\n"); again != one {
		t.Errorf("the order of a scan, or a key that it met twice, changes the sum:\n%s%s", one, again)
	}
	for _, other := range []string{"db0/string\tb 3\ndb0/hash\ta 1\ndb0/string\ta 1\n", "db0/string\tb 2\ndb0/hash\ta 1\n", "db1/string\tb 2\ndb0/hash\ta 1\ndb0/string\ta 1\n"} {
		if sumsByObject(other) == one {
			t.Errorf("the same sum for %q", other)
		}
	}
}
