package sshrun_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

var echo = remote.Command{Title: "say hello", Script: "echo hello", ReadOnly: true}

func keyLine(key ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey())))
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mustRun runs echo and checks what it says.
func mustRun(t *testing.T, r remote.Runner) {
	t.Helper()
	if got, err := r.Run(t.Context(), echo); err != nil || got.Stdout != "hello\n" {
		t.Fatalf("got %q, %v", got.Stdout, err)
	}
}

func mustRefuse(t *testing.T, r remote.Runner, changed bool, parts ...string) {
	t.Helper()
	_, err := r.Run(t.Context(), echo)
	var refused *remote.HostKeyError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a HostKeyError", err)
	}
	if refused.Changed != changed || refused.Server != "db1" {
		t.Errorf("changed %t, server %q", refused.Changed, refused.Server)
	}
	text := err.Error() + "\n" + refused.Hint()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func TestUnknownHostKeyIsRefused(t *testing.T) {
	key := remotetest.NewKey(t)
	s := remotetest.NewServer(t, remotetest.ServerOptions{HostKeys: []ssh.Signer{key}})
	to := target(t, s)
	to.KnownHosts = write(t, "")
	r := pool(t, sshrun.Options{}).Runner(to)
	record := fmt.Sprintf("echo '[%s]:%s %s' >> %s", s.Host(), s.Port(), keyLine(key), to.KnownHosts)
	mustRefuse(t, r, false, "ED25519 "+ssh.FingerprintSHA256(key.PublicKey()), "is not in "+to.KnownHosts,
		fmt.Sprintf("host_key: %q", keyLine(key)), record)
	if s.Logins() != 0 {
		t.Error("it logged in")
	}

	// What the message says to do is enough.
	if err := os.WriteFile(to.KnownHosts, []byte(knownhosts.Line([]string{s.Addr()}, key.PublicKey())+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, r)
}

func TestChangedHostKeyIsAlwaysRefused(t *testing.T) {
	old := remotetest.NewKey(t)
	key := remotetest.NewKey(t)
	s := remotetest.NewServer(t, remotetest.ServerOptions{HostKeys: []ssh.Signer{key}})
	for _, policy := range []string{"yes", "ask", "accept-new", "no"} {
		t.Run(policy, func(t *testing.T) {
			to := target(t, s)
			to.KnownHosts = write(t, "# comment\n\n"+knownhosts.Line([]string{s.Addr()}, old.PublicKey())+"\n")
			before, _ := os.ReadFile(to.KnownHosts)
			p := pool(t, sshrun.Options{
				ConfigFile: write(t, "Host *\n  StrictHostKeyChecking "+policy+"\n"),
				Ask:        func(string) bool { t.Error("asked"); return true },
			})
			mustRefuse(t, p.Runner(to), true, ssh.FingerprintSHA256(old.PublicKey()), ssh.FingerprintSHA256(key.PublicKey()),
				to.KnownHosts+":3", "ssh-keygen -R")
			if after, _ := os.ReadFile(to.KnownHosts); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
	if s.Logins() != 0 {
		t.Error("it logged in")
	}
}

func TestPinnedHostKey(t *testing.T) {
	right, wrong := remotetest.NewKey(t), remotetest.NewKey(t)
	s := remotetest.NewServer(t, remotetest.ServerOptions{HostKeys: []ssh.Signer{right}})
	with := func(pin, known string) remote.Runner {
		to := target(t, s)
		to.HostKey, to.KnownHosts = pin, write(t, known)
		return pool(t, sshrun.Options{}).Runner(to)
	}
	record := func(key ssh.Signer) string { return knownhosts.Line([]string{s.Addr()}, key.PublicKey()) + "\n" }

	mustRun(t, with(keyLine(right), ""))
	mustRun(t, with(keyLine(right)+" a comment", record(wrong))) // the pin wins
	mustRun(t, with(ssh.FingerprintSHA256(right.PublicKey()), ""))
	mustRefuse(t, with(keyLine(wrong), record(right)), true, ssh.FingerprintSHA256(right.PublicKey()),
		ssh.FingerprintSHA256(wrong.PublicKey()), fmt.Sprintf("host_key: %q", keyLine(right)))
	mustRefuse(t, with(ssh.FingerprintSHA256(wrong.PublicKey()), record(right)), true, ssh.FingerprintSHA256(wrong.PublicKey()))
	mustRefuse(t, with("ssh-ed25519 nonsense", record(right)), false, "cannot be read", "SHA256:")
}

// A host on record with one type of key must be asked for that type, whichever the server would rather show.
func TestHostKeyTypes(t *testing.T) {
	var keys []ssh.Signer
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		key, _ := remotetest.NewKeyFileOf(t, kind, "")
		keys = append(keys, key)
	}
	s := remotetest.NewServer(t, remotetest.ServerOptions{HostKeys: keys})
	for _, key := range keys {
		t.Run(key.PublicKey().Type(), func(t *testing.T) {
			to := target(t, s)
			to.KnownHosts = write(t, knownhosts.Line([]string{s.Addr()}, key.PublicKey())+"\n")
			mustRun(t, pool(t, sshrun.Options{}).Runner(to))
			to.KnownHosts, to.HostKey = write(t, ""), keyLine(key)
			mustRun(t, pool(t, sshrun.Options{}).Runner(to))
		})
	}
}

// A server that lost the type of key that is on record shows another one: that is a changed key.
func TestHostKeyOfAnotherType(t *testing.T) {
	old, _ := remotetest.NewKeyFileOf(t, "rsa", "")
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	to := target(t, s)
	to.KnownHosts = write(t, knownhosts.Line([]string{s.Addr()}, old.PublicKey())+"\n")
	mustRefuse(t, pool(t, sshrun.Options{}).Runner(to), true, "RSA "+ssh.FingerprintSHA256(old.PublicKey()), to.KnownHosts+":1", "ED25519 SHA256:")
}

func TestRevokedHostKey(t *testing.T) {
	key := remotetest.NewKey(t)
	s := remotetest.NewServer(t, remotetest.ServerOptions{HostKeys: []ssh.Signer{key}})
	to := target(t, s)
	to.KnownHosts = write(t, "@revoked * "+keyLine(key)+"\n"+knownhosts.Line([]string{s.Addr()}, key.PublicKey())+"\n")
	mustRefuse(t, pool(t, sshrun.Options{}).Runner(to), true, "is revoked in "+to.KnownHosts+":1")
}

func TestHostCertificateAuthority(t *testing.T) {
	ca, key := remotetest.NewKey(t), remotetest.NewKey(t)
	cert := remotetest.Certify(t, ca, key.PublicKey(), ssh.HostCert, "127.0.0.1")
	signer, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	s := remotetest.NewServer(t, remotetest.ServerOptions{HostKeys: []ssh.Signer{signer, key}})
	to := target(t, s)
	to.KnownHosts = write(t, "@cert-authority * "+keyLine(ca)+"\n")
	mustRun(t, pool(t, sshrun.Options{}).Runner(to))

	// Without the authority on record, the plain key counts, as with ssh.
	to.KnownHosts = write(t, knownhosts.Line([]string{s.Addr()}, key.PublicKey())+"\n")
	mustRun(t, pool(t, sshrun.Options{}).Runner(to))
}
