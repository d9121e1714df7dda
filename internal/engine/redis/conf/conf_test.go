package conf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var example = Parse(strings.Split(`/etc/redis/redis.conf	3	bind 127.0.0.1 -::1
/etc/redis/redis.conf	9	slave-read-only yes
/etc/redis/redis.conf	10	rename-command CONFIG ""
/etc/redis/redis.conf	11	rename-command KEYS other
/etc/redis/redis.conf	12	include /etc/redis/local.conf
/etc/redis/local.conf	1	REPLICA-read-only "no"
/etc/redis/local.conf	2	save ""
/etc/redis/redis.conf	14	include /etc/redis/belt-6379.conf
/etc/redis/belt-6379.conf	2	replicaof 10.0.0.21 6379
/etc/redis/redis.conf	15	masterauth "a b"
not a line`, "\n"))

func TestTheLastLineWins(t *testing.T) {
	d, ok := example.Last("replica-read-only")
	if !ok || d.Value() != "no" || d.Place() != "/etc/redis/local.conf:1" {
		t.Errorf("replica-read-only is %v, %v", d, ok)
	}
	if v := example.Value("bind"); v != "127.0.0.1 -::1" {
		t.Errorf("bind is %q", v)
	}
	if v := example.Value("save"); v != "" {
		t.Errorf("save is %q", v)
	}
	if _, ok := example.Last("port"); ok {
		t.Error("there is a port")
	}
}

func TestConfAsAWhole(t *testing.T) {
	if d := cmp.Diff([]string{"/etc/redis/redis.conf", "/etc/redis/local.conf", "/etc/redis/belt-6379.conf"}, example.Files()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"config": "", "keys": "other"}, example.Renamed()); d != "" {
		t.Error(d)
	}
}

func TestIncludeAndExclude(t *testing.T) {
	const file = "/etc/redis/belt-6379.conf"
	for _, text := range []string{"", "port 6379\n", "# a remark\nport 6379\n\ninclude /etc/redis/other.conf\n"} {
		with := Include(text, file)
		if !strings.HasSuffix(with, "\ninclude "+file+"\n") {
			t.Errorf("%q became %q", text, with)
		}
		if again := Include(with, file); again != with {
			t.Errorf("twice: %q", again)
		}
		if back := Exclude(with, file); back != text {
			t.Errorf("%q came back as %q", text, back)
		}
		// What somebody appended since stays, and the line is the last one again.
		later := Include(with+"save \"\"\n", file)
		if !strings.Contains(later, text+"save \"\"\n") || !strings.HasSuffix(later, "include "+file+"\n") {
			t.Errorf("moved to the end: %q", later)
		}
	}
	if got := Exclude("include /etc/redis/belt-6380.conf\n", file); got != "include /etc/redis/belt-6380.conf\n" {
		t.Errorf("another instance's line is gone: %q", got)
	}
}

func TestText(t *testing.T) {
	text := Text([]Setting{{"replicaof", []string{"10.0.0.21", "6379"}}, {"masterauth", []string{`q"uo te`}}, {"save", []string{""}}})
	if !strings.HasSuffix(text, "\nreplicaof 10.0.0.21 6379\nmasterauth \"q\\\"uo te\"\nsave \"\"\n") {
		t.Errorf("the file is %q", text)
	}
}

func TestReplace(t *testing.T) {
	if got := Replace("a 1\nb 2\nc 3\n", 2, "b 0"); got != "a 1\nb 0\nc 3\n" {
		t.Errorf("replaced: %q", got)
	}
	if got := Replace("a 1\nb 2\n", 2, ""); got != "a 1\n" {
		t.Errorf("taken out: %q", got)
	}
}

func TestWithUser(t *testing.T) {
	rules := []string{"on", "#12ab", "+psync"}
	for _, test := range []struct{ text, want string }{
		{"", "user belt_a on #12ab +psync\n"},
		{"port 6379", "port 6379\nuser belt_a on #12ab +psync\n"},
		{"user belt_a on #99 -@all\nuser belt_ab off\n", "user belt_a on #12ab +psync\nuser belt_ab off\n"},
		{"port 6379\n" + remark + "\ninclude /b.conf\n", "port 6379\nuser belt_a on #12ab +psync\n" + remark + "\ninclude /b.conf\n"},
	} {
		with := WithUser(test.text, "belt_a", rules)
		if with != test.want {
			t.Errorf("%q became %q", test.text, with)
		}
		if again := WithUser(with, "belt_a", rules); again != with {
			t.Errorf("twice: %q", again)
		}
		if left := WithUser(with, "belt_a", nil); left != strings.Replace(with, "user belt_a on #12ab +psync\n", "", 1) {
			t.Errorf("taken out again: %q", left)
		}
	}
}
