package mysql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/replication"
)

func adminNode(user, password string) replication.Node {
	n := node(mariaDB, "db1")
	n.Settings.AdminUser = user
	n.Settings.AdminPassword = func() (string, error) { return password, nil }
	return n
}

// TestAdminLogin runs a script that stands for a client under the real shell: the file of options is there while it runs,
// nobody else reads it, the input is what it was, and afterwards the file is gone.
func TestAdminLogin(t *testing.T) {
	cmd, err := asAdmin(adminNode("belt", `s"e\cret = #1`), remote.Command{
		Title: "look", Stdin: strings.NewReader("SELECT 1;\nSELECT 2;\n"),
		Script: `file=${login#--defaults-file=}; stat -c %a "$file"; cat "$file"; echo "user=[$user]"; echo "$login"; cat`,
	})
	if err != nil {
		t.Fatal(err)
	}
	result, err := remotetest.Local{}.Run(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(result.Stdout, "\n")
	file := strings.TrimPrefix(lines[5], "--defaults-file=")
	want := []string{"600", "[client]", `user="belt"`, `password="s\"e\\cret = #1"`, "user=[]", lines[5], "SELECT 1;", "SELECT 2;", ""}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got:\n%s", got)
	}
	left, err := remotetest.Local{}.Run(t.Context(), remote.Command{Title: "look", Script: `[ ! -e "$1" ] || echo there`, Args: []string{file}})
	if err != nil || left.Stdout != "" {
		t.Errorf("the file stays: %q, %v", left.Stdout, err)
	}
}

func TestNoAdmin(t *testing.T) {
	before := remote.Command{Title: "look", Script: "true"}
	cmd, err := asAdmin(node(mariaDB, "db1"), before)
	if err != nil || cmd.Script != before.Script || cmd.Stdin != nil {
		t.Errorf("%+v, %v", cmd, err)
	}
	if _, err := asAdmin(adminNode("belt", "two\nlines"), before); err == nil {
		t.Error("a password of two lines passes")
	}
}
