package mongodb

import (
	"encoding/base64"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// inspection runs the script on this machine.
func inspection(t *testing.T, y *replicatest.Yard, args ...string) replica.Answer {
	t.Helper()
	result, err := remotetest.Local{Env: y.Env}.Run(t.Context(), remote.Command{
		Title: "inspect", Script: replica.HostScript + replica.NotesScript + inspectScript, Args: args, ReadOnly: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := replica.ParseAnswer(result.Stdout)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const conf = "# mine\nstorage:\n  dbPath: %s\nnet:\n  port: 27055 # not the usual one\n  bindIp: '127.0.0.1'\n"

func yard(t *testing.T) *replicatest.Yard {
	y := replicatest.NewYard(t)
	y.Tool("pgrep", "#!/bin/sh\ncat "+y.Path("pids")+" 2>/dev/null\n")
	y.Tool("mongod", "#!/bin/sh\necho 'db version v4.4.29'\necho 'Build Info: {'\n")
	y.Write("data/WiredTiger", "")
	y.Write("etc/mongod.conf", fmt.Sprintf(conf, y.Path("data")))
	return y
}

func TestInspectScript(t *testing.T) {
	y := yard(t)
	check := func(a replica.Answer, want map[string]string) {
		t.Helper()
		for name, value := range want {
			if a.Get(name) != value {
				t.Errorf("%s is %q, want %q", name, a.Get(name), value)
			}
		}
	}
	stopped := map[string]string{
		"installed": "yes", "version": "4.4.29", "alive": "", "port": "27055", "data_dir": y.Path("data"), "conf_file": y.Path("etc/mongod.conf"),
		"problem": "mongod is not running", "conf": base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(conf, y.Path("data")))),
	}
	check(inspection(t, y, "", "", y.Path("etc"), "mongod.service", "glance"), stopped)
	check(inspection(t, y, "27055", "", y.Path("etc"), "", "glance"), map[string]string{"port": "27055", "service": "mongod.service"})
	check(inspection(t, y, "27017", "", y.Path("etc"), "", "glance"), map[string]string{
		"installed": "", "problem": "no mongod fits the inventory; there is: port 27055 with " + y.Path("data"),
	})

	y.Write("flow/mongod.conf", fmt.Sprintf("storage: { directoryPerDB: false, dbPath: %q }\nnet: {port: 27057}\n", y.Path("data")))
	check(inspection(t, y, "", "", y.Path("flow"), "mongod.service", "glance"), map[string]string{"port": "27057", "data_dir": y.Path("data")})

	// One that runs, told by its command line.
	y.Tool("running", "#!/bin/sh\nread -r line\n")
	process := exec.Command(y.Path("bin/running"), "--config", y.Path("etc/mongod.conf"), "--port=27056")
	input, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { input.Close(); process.Wait() }()
	y.Write("pids", fmt.Sprintln(process.Process.Pid))
	a := inspection(t, y, "", "", "", "", "survey")
	check(a, map[string]string{"alive": "yes", "port": "27056", "data_dir": y.Path("data"), "conf_file": y.Path("etc/mongod.conf"), "problem": ""})
	if a.Int("free") == 0 || a.Int("used") == 0 {
		t.Errorf("free %q, used %q", a.Get("free"), a.Get("used"))
	}
	io.WriteString(input, "\n")
}

// The guard of a swap lets an empty folder through, and nothing else; it sees a mongod that runs on.
func TestGuardScript(t *testing.T) {
	y := yard(t)
	run := func(script string) error {
		return y.Run("set -eu\nfail() { echo \"$*\" >&2; exit 1; }\ndata=$1 new=$2 unit=mongod.service\n"+guardScript+script, y.Path("data"), y.Path("new"))
	}
	y.Write("new.complete", "")
	if err := y.Run(`mkdir "$1"`, y.Path("new")); err != nil {
		t.Fatal(err)
	}
	for _, script := range []string{"ready", "stopped"} {
		if err := run(script); err != nil {
			t.Errorf("%s: %v", script, err)
		}
	}
	y.Write("data/mongod.lock", "1\n") // a process that is no mongod
	if err := run("stopped"); err != nil {
		t.Error(err)
	}
	y.Write("new/WiredTiger", "")
	if err := run("ready"); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("somebody's data counts as empty: %v", err)
	}
}
