package sshrun_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
	"golang.org/x/crypto/ssh"
)

// chain is n servers that all take the same key, and what reaches them.
func chain(t *testing.T, n int) (servers []*remotetest.Server, keyFile, known string) {
	t.Helper()
	key, file := remotetest.NewKeyFile(t, "")
	for range n {
		servers = append(servers, remotetest.NewServer(t, remotetest.ServerOptions{Authorized: []ssh.PublicKey{key.PublicKey()}}))
	}
	return servers, file, remotetest.KnownHosts(t, servers...)
}

func TestJumpChain(t *testing.T) {
	s, key, known := chain(t, 4)
	p := pool(t, sshrun.Options{})
	jump := fmt.Sprintf("alice@%s,ssh://bob@%s", s[0].Addr(), s[1].Addr())
	var wg sync.WaitGroup
	for _, db := range s[2:] {
		for range 3 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				mustRun(t, p.Runner(sshrun.Target{Label: "db1", Host: db.Host(), Port: db.Port(), User: "deploy", IdentityFile: key, KnownHosts: known, Jump: jump}))
			}()
		}
	}
	wg.Wait()
	for i, want := range []string{"alice", "bob", "deploy", "deploy"} {
		if got := fmt.Sprint(s[i].Users()); got != "["+want+"]" {
			t.Errorf("server %d: logins by %s, want one by %s", i, got, want)
		}
	}
}

// A hop that names no user is logged into as the inventory says, unless ~/.ssh/config says otherwise.
func TestJumpUser(t *testing.T) {
	s, key, known := chain(t, 2)
	to := sshrun.Target{Host: s[1].Host(), Port: s[1].Port(), User: "deploy", IdentityFile: key, KnownHosts: known, Jump: s[0].Addr()}
	mustRun(t, pool(t, sshrun.Options{}).Runner(to))
	to.Jump = "bastion"
	config := write(t, fmt.Sprintf("Host bastion\n  HostName %s\n  Port %s\n  User jumper\n", s[0].Host(), s[0].Port()))
	mustRun(t, pool(t, sshrun.Options{ConfigFile: config}).Runner(to))
	if got := fmt.Sprint(s[0].Users()); got != "[deploy jumper]" {
		t.Errorf("logins at the jump host: %s", got)
	}
}

func TestHostKeysAreCheckedAtEveryHop(t *testing.T) {
	s, key, _ := chain(t, 2)
	for _, c := range []struct {
		name  string
		known string
		parts []string
	}{
		{"jump", remotetest.KnownHosts(t, s[1]), []string{"db1: its host key is unknown", "jump host " + s[0].Host()}},
		{"server", remotetest.KnownHosts(t, s[0]), []string{"db1: its host key is unknown: ED25519"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := sshrun.Target{Label: "db1", Host: s[1].Host(), Port: s[1].Port(), IdentityFile: key, KnownHosts: c.known, Jump: s[0].Addr()}
			mustRefuse(t, pool(t, sshrun.Options{}).Runner(to), false, c.parts...)
		})
	}
}

func TestServerBehindJumpHostIsDown(t *testing.T) {
	s, key, known := chain(t, 2)
	s[1].Close()
	to := sshrun.Target{Label: "db1", Host: s[1].Host(), Port: s[1].Port(), IdentityFile: key, KnownHosts: known, Jump: s[0].Addr()}
	p := pool(t, sshrun.Options{})
	for _, c := range []struct{ down, want string }{
		{"server", "db1: cannot reach " + s[1].Addr() + ": from jump host " + s[0].Host()},
		{"jump host", "db1: cannot reach jump host " + s[0].Host() + ": " + s[0].Addr()},
	} {
		_, err := p.Runner(to).Run(t.Context(), echo)
		var down *remote.UnreachableError
		if !errors.As(err, &down) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.down, err, c.want)
		}
		s[0].Close()
	}
}

func TestConfiguration(t *testing.T) {
	s, key, known := chain(t, 3)
	config := write(t, fmt.Sprintf(`
Host db
  HostName %s
  Port %s
  User fromconfig
  IdentityFile %s
  UserKnownHostsFile %s
Host jumped
  ProxyJump db
Host jumped inner
  HostName %s
  Port %s
  User inside
  IdentityFile %s
  UserKnownHostsFile %s
Match exec "false"
  User wrong
Host *
  User everybody
`, s[0].Host(), s[0].Port(), key, known, s[1].Host(), s[1].Port(), key, known))
	p := pool(t, sshrun.Options{ConfigFile: config})
	mustRun(t, p.Runner(sshrun.Target{Host: "db"}))
	mustRun(t, p.Runner(sshrun.Target{Host: "jumped"}))
	mustRun(t, p.Runner(sshrun.Target{Host: "db", User: "inventory"}))
	// The inventory wins over each of them.
	mustRun(t, p.Runner(sshrun.Target{Host: "jumped", Jump: "none", Port: s[2].Port(), User: "direct"}))
	for i, want := range []string{"[fromconfig inventory]", "[inside]", "[direct]"} {
		if got := fmt.Sprint(s[i].Users()); got != want {
			t.Errorf("server %d: logins by %s, want %s", i, got, want)
		}
	}
}

func TestJumpHostThatJumpsToItself(t *testing.T) {
	s, key, known := chain(t, 2)
	config := write(t, fmt.Sprintf("Host bastion\n  HostName %s\n  Port %s\nHost *\n  ProxyJump bastion\n  IdentityFile %s\n  UserKnownHostsFile %s\n",
		s[0].Host(), s[0].Port(), key, known))
	p := pool(t, sshrun.Options{ConfigFile: config})
	mustRun(t, p.Runner(sshrun.Target{Host: s[1].Host(), Port: s[1].Port()}))

	config = write(t, "Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n")
	_, err := pool(t, sshrun.Options{ConfigFile: config}).Runner(sshrun.Target{Host: "a"}).Run(t.Context(), echo)
	if err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("got %v", err)
	}
}

func TestBrokenConfiguration(t *testing.T) {
	config := write(t, "Host *\n  NoSuchWord yes\n")
	_, err := pool(t, sshrun.Options{ConfigFile: config}).Runner(sshrun.Target{Label: "db1", Host: "h"}).Run(t.Context(), echo)
	if err == nil || !strings.Contains(err.Error(), config+": line 2") {
		t.Errorf("got %v", err)
	}
}

func TestProxyCommand(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	// bash stands in for nc: it can open TCP connections by itself.
	config := write(t, `Host *
  ProxyCommand bash -c 'exec 3<>/dev/tcp/%h/%p; cat <&3 & exec cat >&3'
`)
	mustRun(t, pool(t, sshrun.Options{ConfigFile: config}).Runner(target(t, s)))

	config = write(t, "Host *\n  ProxyCommand echo no way out >&2; exit 1\n")
	_, err := pool(t, sshrun.Options{ConfigFile: config}).Runner(target(t, s)).Run(t.Context(), echo)
	var down *remote.UnreachableError
	if !errors.As(err, &down) || !strings.Contains(err.Error(), "no way out") {
		t.Errorf("got %v", err)
	}
	config = write(t, "Host *\n  ProxyCommand /nowhere/proxy %h\n")
	_, err = pool(t, sshrun.Options{ConfigFile: config}).Runner(target(t, s)).Run(t.Context(), echo)
	if !errors.As(err, &down) || !strings.Contains(err.Error(), "/nowhere/proxy") {
		t.Errorf("got %v", err)
	}
}

func TestWithoutSSHProgram(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	mustRun(t, pool(t, sshrun.Options{SSH: "none"}).Runner(target(t, s)))
}
