package postgresql

import (
	"os/user"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/replica/replicatest"
)

// The fence is there before the server is stopped, and stays when that fails; it goes before the server is started.
func TestFenceScript(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	y := replicatest.NewYard(t)
	y.Write("data/PG_VERSION", "15")
	args := []string{"postgresql@15-main.service", y.Path("data"), me.Username}
	const failing = "systemctl() { case $1 in stop) echo 'it does not stop' >&2; return 1 ;; esac; }\n"
	if err := y.Run(replica.UnitScript+failing+fenceScript, args...); err == nil || !strings.Contains(err.Error(), "it does not stop") {
		t.Errorf("a server that does not stop: %v", err)
	}
	if _, there := y.Tree()["data/standby.signal"]; !there {
		t.Error("a server that does not stop has no fence")
	}
	const recording = "systemctl() { if [ -e \"$DATA/standby.signal\" ]; then state=fenced; else state=open; fi; echo \"$* $state\"; }\nDATA=$2\n"
	for name, c := range map[string]struct{ script, want string }{
		"fence":   {fenceScript, "stop postgresql@15-main.service fenced"},
		"unfence": {unfenceScript, "start postgresql@15-main.service open"},
	} {
		out, err := output(y, replica.UnitScript+recording+c.script, "", args...)
		if err != nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func TestControlScript(t *testing.T) {
	y := replicatest.NewYard(t)
	y.Write("data/PG_VERSION", "15")
	y.Tool("pg_controldata", "#!/bin/sh\nprintf 'Database cluster state:               shut down\\nLatest checkpoint location:           0/5000028\\n'\n")
	for _, want := range []string{"shut down\n0/5000028\nopen\n", "shut down\n0/5000028\nfenced\n"} {
		out, err := output(y, controlScript, "", y.Path("bin"), y.Path("data"))
		if err != nil || out != want {
			t.Errorf("%q, %v, want %q", out, err, want)
		}
		y.Write("data/standby.signal", "")
	}
}
