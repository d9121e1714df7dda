package sshrun_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// startAgent serves an SSH agent with the keys of the files.
func startAgent(t *testing.T, files ...string) string {
	t.Helper()
	keyring := agent.NewKeyring()
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		key, err := ssh.ParseRawPrivateKey(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := keyring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { agent.ServeAgent(keyring, c); c.Close() }()
		}
	}()
	return path
}

func mustNotLogIn(t *testing.T, r remote.Runner, parts ...string) {
	t.Helper()
	_, err := r.Run(t.Context(), echo)
	var refused *remote.LoginError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a LoginError", err)
	}
	if refused.Server != "db1" || refused.User != "deploy" {
		t.Errorf("server %q, user %q", refused.Server, refused.User)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func TestKeyTypes(t *testing.T) {
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		for _, phrase := range []string{"", "secret"} {
			t.Run(kind+" "+phrase, func(t *testing.T) {
				key, file := remotetest.NewKeyFileOf(t, kind, phrase)
				s := remotetest.NewServer(t, remotetest.ServerOptions{Authorized: []ssh.PublicKey{key.PublicKey()}})
				to := target(t, s)
				to.IdentityFile = file
				asked := 0
				p := pool(t, sshrun.Options{AskPassphrase: func(prompt string) (string, error) {
					asked++
					if !strings.Contains(prompt, file) {
						t.Errorf("the prompt is %q", prompt)
					}
					if asked == 1 {
						return "wrong", nil
					}
					return phrase, nil
				}})
				mustRun(t, p.Runner(to))
				s.Cut()
				mustRun(t, p.Runner(to))
				if want := map[string]int{"": 0, "secret": 2}[phrase]; asked != want {
					t.Errorf("asked %d times for the passphrase, want %d", asked, want)
				}
			})
		}
	}
}

func TestEncryptedKeyWithoutTerminal(t *testing.T) {
	key, file := remotetest.NewKeyFile(t, "secret")
	s := remotetest.NewServer(t, remotetest.ServerOptions{Authorized: []ssh.PublicKey{key.PublicKey()}})
	to := target(t, s)
	to.IdentityFile = file
	mustNotLogIn(t, pool(t, sshrun.Options{}).Runner(to), "the key "+file+" is encrypted", "ssh-add "+file)

	p := pool(t, sshrun.Options{AskPassphrase: func(string) (string, error) { return "", errors.New("no terminal") }})
	mustNotLogIn(t, p.Runner(to), "no terminal", "ssh-add")
	p = pool(t, sshrun.Options{AskPassphrase: func(string) (string, error) { return "wrong", nil }})
	mustNotLogIn(t, p.Runner(to), "wrong three times")
}

func TestAgent(t *testing.T) {
	other, otherFile := remotetest.NewKeyFile(t, "")
	key, file := remotetest.NewKeyFile(t, "")
	_ = other
	s := remotetest.NewServer(t, remotetest.ServerOptions{Authorized: []ssh.PublicKey{key.PublicKey()}})
	socket := startAgent(t, otherFile, file)
	to := target(t, s)
	to.IdentityFile = ""
	mustRun(t, pool(t, sshrun.Options{Agent: socket}).Runner(to))

	// IdentityAgent of the configuration wins.
	config := write(t, "Host *\n  IdentityAgent "+socket+"\n")
	mustRun(t, pool(t, sshrun.Options{Agent: "/nowhere", ConfigFile: config}).Runner(to))

	// An agent that is gone does not hide a key file, and is named when nothing else helps.
	to.IdentityFile = file
	mustRun(t, pool(t, sshrun.Options{Agent: "/nowhere"}).Runner(to))
	to.IdentityFile = otherFile
	mustNotLogIn(t, pool(t, sshrun.Options{Agent: "/nowhere"}).Runner(to), otherFile, "the agent does not answer")
}

// The agent may hold more keys than a server lets anybody try.
func TestIdentitiesOnly(t *testing.T) {
	var files []string
	for range 7 {
		_, file := remotetest.NewKeyFile(t, "")
		files = append(files, file)
	}
	key, file := remotetest.NewKeyFile(t, "secret") // encrypted, and so only usable through the agent
	plain := write(t, "")
	raw, _ := os.ReadFile(file)
	private, err := ssh.ParseRawPrivateKeyWithPassphrase(raw, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plain, remotetest.MarshalKey(t, private), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := startAgent(t, append(files, plain)...)
	s := remotetest.NewServer(t, remotetest.ServerOptions{Authorized: []ssh.PublicKey{key.PublicKey()}, MaxAuthTries: 6})
	to := target(t, s)
	to.IdentityFile = ""
	mustNotLogIn(t, pool(t, sshrun.Options{Agent: socket}).Runner(to), "more keys than it allows", "IdentitiesOnly")

	// Named in the inventory it comes first, with the agent's help.
	to.IdentityFile = file
	mustRun(t, pool(t, sshrun.Options{Agent: socket}).Runner(to))

	// Its public half is enough to choose it.
	to.IdentityFile = write(t, "")
	if err := os.Rename(file+".pub", to.IdentityFile+".pub"); err != nil {
		t.Fatal(err)
	}
	os.Remove(to.IdentityFile)
	mustRun(t, pool(t, sshrun.Options{Agent: socket}).Runner(to))
}

func TestUserCertificate(t *testing.T) {
	ca := remotetest.NewKey(t)
	key, file := remotetest.NewKeyFile(t, "")
	s := remotetest.NewServer(t, remotetest.ServerOptions{UserCA: ca.PublicKey()})
	to := target(t, s)
	to.IdentityFile = file
	mustNotLogIn(t, pool(t, sshrun.Options{}).Runner(to), file)

	cert := ssh.MarshalAuthorizedKey(remotetest.Certify(t, ca, key.PublicKey(), ssh.UserCert, "deploy"))
	t.Run("CertificateFile", func(t *testing.T) {
		config := write(t, "Host *\n  CertificateFile "+write(t, string(cert))+"\n")
		mustRun(t, pool(t, sshrun.Options{ConfigFile: config}).Runner(to))
		to := to
		to.IdentityFile = ""
		mustRun(t, pool(t, sshrun.Options{ConfigFile: config, Agent: startAgent(t, file)}).Runner(to))
	})
	t.Run("beside the key", func(t *testing.T) {
		if err := os.WriteFile(file+"-cert.pub", cert, 0o600); err != nil {
			t.Fatal(err)
		}
		mustRun(t, pool(t, sshrun.Options{}).Runner(to))
	})
}

func TestLoginRefused(t *testing.T) {
	t.Run("key", func(t *testing.T) {
		s := remotetest.NewServer(t, remotetest.ServerOptions{Authorized: []ssh.PublicKey{remotetest.NewKey(t).PublicKey()}})
		mustNotLogIn(t, runner(t, s), "it took none of the keys", "tried "+s.ClientKeyFile)
	})
	t.Run("password only", func(t *testing.T) {
		s := remotetest.NewServer(t, remotetest.ServerOptions{PasswordOnly: true})
		mustNotLogIn(t, runner(t, s), "it takes no keys")
	})
	t.Run("no key", func(t *testing.T) {
		s := remotetest.NewServer(t, remotetest.ServerOptions{})
		to := target(t, s)
		to.IdentityFile = "~/.ssh/missing"
		home := t.TempDir()
		mustNotLogIn(t, pool(t, sshrun.Options{Home: home}).Runner(to), "there is no key to show", home+"/.ssh/missing does not exist")
	})
	t.Run("key that is none", func(t *testing.T) {
		s := remotetest.NewServer(t, remotetest.ServerOptions{})
		to := target(t, s)
		to.IdentityFile = write(t, "nonsense")
		mustNotLogIn(t, pool(t, sshrun.Options{}).Runner(to), to.IdentityFile+" cannot be read as a key")
	})
}
