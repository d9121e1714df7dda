package talk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// run runs a script on this machine and returns what it prints.
func run(t *testing.T, script string, args ...string) string {
	t.Helper()
	local := &remotetest.Local{}
	result, err := local.Run(t.Context(), remote.Command{Script: script, Args: args, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return result.Stdout
}

func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDirectives(t *testing.T) {
	dir := files(t, map[string]string{
		"redis.conf":    "# a comment\n  port 6379\n\ninclude DIR/one.conf\ninclude \"DIR/more d/*.conf\"\nbind 10.0.0.1\ninclude DIR/gone.conf\n",
		"one.conf":      "port 6380\r\ninclude DIR/redis.conf\n",
		"more d/b.conf": "save \"\"\n",
		"more d/a.conf": "requirepass x",
	})
	want := strings.ReplaceAll(`DIR/redis.conf	2	port 6379
DIR/redis.conf	4	include DIR/one.conf
DIR/one.conf	1	port 6380
DIR/one.conf	2	include DIR/redis.conf
DIR/redis.conf	5	include "DIR/more d/*.conf"
DIR/more d/a.conf	1	requirepass x
DIR/more d/b.conf	1	save ""
DIR/redis.conf	6	bind 10.0.0.1
DIR/redis.conf	7	include DIR/gone.conf
`, "DIR", dir)
	if got := run(t, ConfScript+`directives "$1"`, dir+"/redis.conf"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLoginScript(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no password":          {map[string]string{"redis.conf": "port 1\n"}, ""},
		"requirepass":          {map[string]string{"redis.conf": "requirepass s3cret\n"}, "AUTH s3cret\n"},
		"the last one wins":    {map[string]string{"redis.conf": "requirepass a\nREQUIREPASS \"b c\\\"d\"\n"}, "AUTH \"b c\\\"d\"\n"},
		"taken back":           {map[string]string{"redis.conf": "requirepass a\nrequirepass \"\"\n"}, ""},
		"in an included file":  {map[string]string{"redis.conf": "requirepass a\ninclude DIR/x\n", "x": "requirepass b\n"}, "AUTH b\n"},
		"a user in the file":   {map[string]string{"redis.conf": "user default on >pw ~* +@all\nuser other on >no\n"}, "AUTH pw\n"},
		"a file of the ACL":    {map[string]string{"redis.conf": "requirepass a\naclfile DIR/users.acl\n", "users.acl": "user other on >no\nuser default on >yes ~* +@all\n"}, "AUTH yes\n"},
		"no password in there": {map[string]string{"redis.conf": "requirepass a\naclfile \"DIR/users.acl\"\n", "users.acl": "user default on nopass ~* +@all\n"}, ""},
	} {
		dir := files(t, test.files)
		if got := run(t, ConfScript+LoginScript+`login "$1"`, dir+"/redis.conf"); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
