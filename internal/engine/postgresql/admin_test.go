package postgresql

import (
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

func TestAsAdmin(t *testing.T) {
	node := replication.Node{Label: "db1"}
	plain := remote.Command{Script: "exit 3", Stdin: strings.NewReader("input\n")}
	if got, err := asAdmin(node, plain); err != nil || got.Script != plain.Script {
		t.Errorf("without an admin account the command changed: %+v, %v", got, err)
	}

	node.Settings.AdminUser = "boss"
	node.Settings.AdminPassword = func() (string, error) { return `a:b\c'd`, nil }
	cmd, err := asAdmin(node, remote.Command{
		Script: `cat "$PGPASSFILE"; stat -c %a "$PGPASSFILE"; echo "$PGUSER"; cat; echo "$PGPASSFILE" >&2; exit 3`,
		Stdin:  strings.NewReader("SELECT 1\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(cmd.Script, `a:b`) {
		t.Error("the password stands in the script")
	}
	run := exec.Command("/bin/sh", "-c", cmd.Script)
	input, err := io.ReadAll(cmd.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	run.Stdin = strings.NewReader(string(input))
	var file strings.Builder
	run.Stderr = &file
	out, _ := run.Output()
	want := `*:*:*:boss:a\:b\\c'd` + "\n600\nboss\nSELECT 1\n"
	if string(out) != want || run.ProcessState.ExitCode() != 3 {
		t.Errorf("got %q with exit code %d, want %q and 3", out, run.ProcessState.ExitCode(), want)
	}
	if err := exec.Command("test", "-e", strings.TrimSpace(file.String())).Run(); err == nil {
		t.Errorf("%s is still there", strings.TrimSpace(file.String()))
	}
}
