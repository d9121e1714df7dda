package talk

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// The words of a line and back, as sdssplitargs and sdscatrepr have them.
func TestQuoteAndWords(t *testing.T) {
	for _, words := range [][]string{
		{"SET", "plain", "a b"}, {"SET", `q"uo\te`, ""}, {"X", "line\nbreak\r\t\a\b", "\x00\xff\x7f"}, {"SET", "#hash", "'single'"},
		{"bind", "127.0.0.1", "-::1", "*"}, {"PING"},
	} {
		got, err := Words(Line(words...))
		if err != nil || !slices.Equal(got, words) {
			t.Errorf("%q became %q: %v", words, got, err)
		}
		if strings.ContainsAny(Line(words...), "\n\r") {
			t.Errorf("%q is not one line: %q", words, Line(words...))
		}
	}
}

func TestWordsAsRedisReadsThem(t *testing.T) {
	for line, want := range map[string][]string{
		`save 3600 1`:                          {"save", "3600", "1"},
		`save ""`:                              {"save", ""},
		`requirepass 'it\'s \n'`:               {"requirepass", `it's \n`},
		`requirepass "\x41\n\q"`:               {"requirepass", "A\nq"},
		"\ttwo  \t words  ":                    {"two", "words"},
		`rename-command CONFIG ""`:             {"rename-command", "CONFIG", ""},
		`logfile /var/log/redis/redis.log # x`: {"logfile", "/var/log/redis/redis.log", "#", "x"},
	} {
		if got, err := Words(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is %q, %v; want %q", line, got, err, want)
		}
	}
	for _, line := range []string{`a "b`, `a "b"c`, `'x`, `a 'b'c`} {
		if got, err := Words(line); err == nil {
			t.Errorf("%q is %q, but it is unbalanced", line, got)
		}
	}
}

// What redis-cli 7.0.15 printed with --csv.
func TestParseReplies(t *testing.T) {
	commands := [][]string{{"INFO", "server"}, {"CONFIG", "GET", "save"}, {"GET", "nokey"}, {"ACL", "SETUSER", "x", ">secret"}, {"KEYS", "*"}, {"ROLE"}}
	output := "\"OK\"\n\"OK\"\n\"belt-x\"\n" +
		"# Server\nredis_version:7.0.15\r\ntcp_port:7101\r\n\n\"belt-x\"\n" +
		"\"save\",\"3600 1 300 100\"\n\"belt-x\"\n" +
		"NULL\n\"belt-x\"\n" +
		"ERROR,\"ERR no \\\"such\\\" rule\"\n\"belt-x\"\n" +
		"\"k\\x00\\n\",\"a,b\"\n\"belt-x\"\n" +
		"\"master\",0,\n\"belt-x\"\n"
	replies, err := ParseReplies(output, "belt-x", commands)
	if err != nil {
		t.Fatal(err)
	}
	if v := replies[0].Fields(); v["redis_version"] != "7.0.15" || v["tcp_port"] != "7101" {
		t.Errorf("INFO is %q", v)
	}
	if v := replies[1].Pairs(); v["save"] != "3600 1 300 100" {
		t.Errorf("CONFIG GET is %q", v)
	}
	if v := replies[2].Value(); v != "" || replies[2].Err != nil {
		t.Errorf("nil is %q, %v", v, replies[2].Err)
	}
	refusal, is := errors.AsType[*Error](replies[3].Err)
	if !is || refusal.Message != `ERR no "such" rule` || strings.Contains(refusal.Error(), "secret") {
		t.Errorf("the refusal is %v", replies[3].Err)
	}
	if v := replies[4].Values(); !slices.Equal(v, []string{"k\x00\n", "a,b"}) {
		t.Errorf("KEYS is %q", v)
	}
	if v := replies[5].Values(); v[0] != "master" || v[1] != "0" {
		t.Errorf("ROLE is %q", v)
	}
}

func TestRefusedLogin(t *testing.T) {
	for _, output := range []string{
		"ERROR,\"WRONGPASS invalid username-password pair or user is disabled.\"\n\"OK\"\n\"belt-x\"\n",
		"ERROR,\"NOAUTH Authentication required.\"\nERROR,\"NOAUTH Authentication required.\"\n",
	} {
		if _, err := ParseReplies(output, "belt-x", [][]string{{"PING"}}); !errors.Is(err, ErrRefused) {
			t.Errorf("%q is %v", output, err)
		}
	}
	if _, err := ParseReplies("\"OK\"\n\"belt-x\"\n\"PONG\"\n", "belt-x", [][]string{{"PING"}}); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("an answer that breaks off is %v", err)
	}
}

func TestLineOfAnInstance(t *testing.T) {
	p := Place{Renamed: map[string]string{"config": "a8f2"}}
	if got := p.line([]string{"CONFIG", "GET", "save"}); got != "a8f2 GET save\n" {
		t.Errorf("a renamed command is %q", got)
	}
	p = Place{Renamed: map[string]string{"eval": ""}}
	if got := p.line([]string{"EVAL", "return 1", "0"}); got != "BELT-DISABLED \"return 1\" 0\n" {
		t.Errorf("a command that is taken away is %q", got)
	}
	p = Place{User: "op", Password: func() (string, error) { return "p w", nil }}
	if got, err := p.Login(); err != nil || got != "AUTH op \"p w\"\n" {
		t.Errorf("the login is %q, %v", got, err)
	}
}
