package sshrun_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

func TestKnownHostsFileThatIsNotThere(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	to := target(t, s)
	to.KnownHosts = filepath.Join(t.TempDir(), "none")
	mustRefuse(t, pool(t, sshrun.Options{}).Runner(to), false, "is not in "+to.KnownHosts)
}

func TestAskAboutAnUnknownHostKey(t *testing.T) {
	key := remotetest.NewKey(t)
	s := remotetest.NewServer(t, remotetest.ServerOptions{HostKeys: []ssh.Signer{key}})
	for _, c := range []struct {
		name   string
		config string
		answer bool
		asked  int
		ok     bool
		hashed bool
	}{
		{"yes", "", true, 1, true, false},
		{"no", "", false, 1, false, false},
		{"hashed", "HashKnownHosts yes", true, 1, true, true},
		{"accept-new asks nothing", "StrictHostKeyChecking accept-new", false, 0, true, false},
		{"yes means never", "StrictHostKeyChecking yes", true, 0, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := target(t, s)
			to.KnownHosts = filepath.Join(t.TempDir(), "new folder", "known_hosts")
			asked := 0
			p := pool(t, sshrun.Options{ConfigFile: write(t, "Host *\n"+c.config+"\n"), Ask: func(q string) bool {
				asked++
				if !strings.Contains(q, ssh.FingerprintSHA256(key.PublicKey())) || !strings.Contains(q, to.KnownHosts) {
					t.Errorf("the question is %q", q)
				}
				return c.answer
			}})
			if c.ok {
				mustRun(t, p.Runner(to))
			} else {
				mustRefuse(t, p.Runner(to), false)
			}
			if asked != c.asked {
				t.Errorf("asked %d times, want %d", asked, c.asked)
			}
			text, _ := os.ReadFile(to.KnownHosts)
			if recorded := strings.Contains(string(text), keyLine(key)); recorded != c.ok {
				t.Errorf("recorded: %t in %q", recorded, text)
			}
			if c.ok && strings.HasPrefix(string(text), "|1|") != c.hashed {
				t.Errorf("hashed: %q", text)
			}
			if c.ok { // and from now on it is known
				q := pool(t, sshrun.Options{})
				mustRun(t, q.Runner(to))
			}
		})
	}
}

func TestRecordingKeepsTheLinesOfTheFile(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	to := target(t, s)
	first := "example.com " + keyLine(remotetest.NewKey(t))
	to.KnownHosts = write(t, first) // its last line has no end
	mustRun(t, pool(t, sshrun.Options{Ask: func(string) bool { return true }}).Runner(to))
	text, _ := os.ReadFile(to.KnownHosts)
	if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); len(lines) != 2 || lines[0] != first {
		t.Errorf("the file is now:\n%s", text)
	}
}

// OpenSSH skips what it does not understand.
func TestKnownHostsWithStrangeLines(t *testing.T) {
	key, old := remotetest.NewKey(t), remotetest.NewKey(t)
	s := remotetest.NewServer(t, remotetest.ServerOptions{HostKeys: []ssh.Signer{key}})
	strange := "garbage\nh ssh-dss AAAAB3NzaC1kc3MAAACBAP\nh ssh-from-the-future AAAA\nh 1024 35 12345\n"
	to := target(t, s)
	to.KnownHosts = write(t, strange+knownhosts.Line([]string{s.Addr()}, key.PublicKey())+"\n")
	mustRun(t, pool(t, sshrun.Options{}).Runner(to))
	to.KnownHosts = write(t, strange+knownhosts.Line([]string{s.Addr()}, old.PublicKey()))
	mustRefuse(t, pool(t, sshrun.Options{}).Runner(to), true, to.KnownHosts+":5 has ED25519 ", "-f "+to.KnownHosts)

	// But a line that revokes a key is not skipped: the key would be trusted.
	to.KnownHosts = write(t, "@revoked * ssh-ed25519 nonsense\n"+knownhosts.Line([]string{s.Addr()}, key.PublicKey())+"\n")
	if _, err := pool(t, sshrun.Options{}).Runner(to).Run(t.Context(), echo); err == nil || !strings.Contains(err.Error(), to.KnownHosts+":1") {
		t.Errorf("got %v", err)
	}
}
