package remote_test

import (
	"os/exec"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
)

func TestDisplay(t *testing.T) {
	for _, c := range []struct {
		name string
		cmd  remote.Command
		want string
	}{
		{"plain", remote.Command{Script: "systemctl status postgresql\n"}, "systemctl status postgresql"},
		{"as root", remote.Command{Script: "systemctl restart postgresql", As: "root"}, "sudo systemctl restart postgresql"},
		{"as another user", remote.Command{Script: `psql -c "select 1"`, As: "postgres"}, `sudo -u postgres psql -c "select 1"`},
		{"argument", remote.Command{Script: `pg_basebackup -D "$1" -h "${2}"`, Args: []string{"/var/lib/it's", "db1"}, As: "postgres"},
			`sudo -u postgres sh -c 'pg_basebackup -D '"'"'/var/lib/it'"'"'"'"'"'"'"'"'s'"'"' -h db1'`},
		{"simple argument", remote.Command{Script: `pg_ctl -D "$1" stop`, Args: []string{"/var/lib/a b"}, As: "postgres"},
			`sudo -u postgres pg_ctl -D '/var/lib/a b' stop`},
		{"needs a shell", remote.Command{Script: "cd /tmp && ls", As: "root"}, `sudo sh -c 'cd /tmp && ls'`},
		{"builtin", remote.Command{Script: "umask 077", As: "root"}, `sudo sh -c 'umask 077'`},
		{"assignment", remote.Command{Script: "A=1 env", As: "root"}, `sudo sh -c 'A=1 env'`},
		{"all arguments", remote.Command{Script: `ls -l "$@"`, Args: []string{"a b", "c"}}, `sh -c 'ls -l "$@"' belt 'a b' c`},
		{"unquoted argument", remote.Command{Script: `ls $1`, Args: []string{"a"}}, `sh -c 'ls $1' belt a`},
		{"argument within quotes", remote.Command{Script: `echo "x $1"`, Args: []string{"a"}}, `sh -c 'echo "x $1"' belt a`},
		{"no argument in single quotes", remote.Command{Script: `awk '{print "$1"}' "$1"`, Args: []string{"f"}}, `awk '{print "$1"}' f`},
		{"comment with a quote", remote.Command{Script: "# it's\necho \"$1\"", Args: []string{"a b"}}, "# it's\necho 'a b'"},
		{"function", remote.Command{Script: `f() { echo "$1"; }; f x`, Args: []string{"a"}}, `sh -c 'f() { echo "$1"; }; f x' belt a`},
		{"shift", remote.Command{Script: `shift; echo "$1"`, Args: []string{"a", "b"}}, `sh -c 'shift; echo "$1"' belt a b`},
		{"here-document", remote.Command{Script: "cat <<EOF\n\"$1\"\nEOF", Args: []string{"a"}}, "sh -c 'cat <<EOF\n\"$1\"\nEOF' belt a"},
		{"missing argument", remote.Command{Script: `echo "$2"`, Args: []string{"a"}}, `sh -c 'echo "$2"' belt a`},
		{"unused argument", remote.Command{Script: "true", Args: []string{"a"}}, "sh -c true belt a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := remote.Display(c.cmd)
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if c.cmd.As != "" {
				return
			}
			// What is shown does what the command does.
			pasted, _ := exec.Command("sh", "-c", got).CombinedOutput()
			ran, _ := exec.Command("sh", append([]string{"-c", c.cmd.Script, "belt"}, c.cmd.Args...)...).CombinedOutput()
			if string(pasted) != string(ran) && c.name != "plain" {
				t.Errorf("pasted: %q, ran: %q", pasted, ran)
			}
		})
	}
}

func TestTitle(t *testing.T) {
	for want, cmd := range map[string]remote.Command{
		"given":           {Title: "given", Script: "echo"},
		"first line":      {Script: "\n# why\nset -eu\n  first line  \nsecond"},
		"an empty script": {},
	} {
		if got := remote.Title(cmd); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
