package envpush

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

// Over SSH, many servers: one login each, and all switched within a second of each other.
func TestOverSSH(t *testing.T) {
	me, err := user.Current()
	if err != nil || me.Username != "root" {
		t.Skip("the servers' commands run as root here")
	}
	dir := t.TempDir()
	server := remotetest.NewServer(t, remotetest.ServerOptions{})
	pool := sshrun.New(sshrun.Options{Home: dir, Agent: "none"})
	t.Cleanup(func() { pool.Close() })
	p := &Pusher{Dir: filepath.Join(dir, "belt")}
	var servers []Server
	for i := range 12 {
		name := fmt.Sprintf("web%d", i+1)
		servers = append(servers, Server{
			App: "shop", File: filepath.Join(dir, name+".env"), Format: envfile.Export, Vars: []variables.Var{address},
			Runner: pool.Runner(sshrun.Target{Label: name, Host: server.Host(), Port: server.Port(), User: "root",
				IdentityFile: server.ClientKeyFile, HostKey: server.HostKey()}),
		})
	}
	var first, last time.Time
	for i, r := range p.Push(t.Context(), servers) {
		if r.Err != nil || !r.Changed {
			t.Fatalf("%+v", r)
		}
		if first.IsZero() || r.Switched.Before(first) {
			first = r.Switched
		}
		if r.Switched.After(last) {
			last = r.Switched
		}
		content, err := os.ReadFile(servers[i].File)
		if err != nil || !strings.Contains(string(content), "export POSTGRESQL_ADDRESS='10.0.0.21'\n") {
			t.Errorf("%q, %v", content, err)
		}
	}
	if server.Logins() != 1 {
		t.Errorf("%d logins to one server", server.Logins())
	}
	if took := last.Sub(first); took > 10*time.Second { // a loose bound: the machine may be busy
		t.Errorf("switched over %v", took)
	}
}
