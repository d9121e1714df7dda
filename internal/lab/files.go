package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// The files of a lab's folder.
const (
	keyFile        = "id_ed25519"
	knownHostsFile = "known_hosts"
	inventoryFile  = "belt.yaml"
	secretsDir     = "secrets"
)

func (l *Lab) path(name string) string { return filepath.Join(l.Dir, name) }

// Identity is the path of the private key that every login user accepts.
func (l *Lab) Identity() string { return l.path(keyFile) }

// KnownHosts is the path of a known_hosts file with all host keys of all
// servers, at both addresses.
func (l *Lab) KnownHosts() string { return l.path(knownHostsFile) }

// Inventory is the path of the belt.yaml that Up wrote.
func (l *Lab) Inventory() string { return l.path(inventoryFile) }

// PasswordFile is the path of the file with the app's database password.
func (l *Lab) PasswordFile() string { return filepath.Join(l.path(secretsDir), User) }

func (l *Lab) publicKey() (string, error) {
	key, err := os.ReadFile(l.path(keyFile + ".pub"))
	return strings.TrimSpace(string(key)), err
}

// makeKey makes the folder and the key, unless they are there.
func (l *Lab) makeKey(ctx context.Context) error {
	if err := os.MkdirAll(l.path(secretsDir), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(l.PasswordFile(), []byte(Password+"\n"), 0o600); err != nil {
		return err
	}
	if _, err := os.Stat(l.Identity()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "belt-lab-"+l.Name, "-f", l.Identity()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ssh-keygen: %w: %s", err, lastLines(out, 3))
	}
	return nil
}

// writeFiles writes what depends on the running servers: known_hosts, and the
// inventory unless there is one already, which may have been edited.
func (l *Lab) writeFiles(ctx context.Context) error {
	var known strings.Builder
	for _, server := range l.servers {
		keys, err := server.HostKeys(ctx)
		if err != nil {
			return err
		}
		for _, key := range keys {
			fmt.Fprintf(&known, "%s,%s %s\n", server.External, server.Internal, key)
		}
	}
	if err := os.WriteFile(l.KnownHosts(), []byte(known.String()), 0o644); err != nil {
		return err
	}
	if _, err := os.Stat(l.Inventory()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return l.WriteInventory(l.Inventory())
}

// HostKeys are the server's public host keys, "TYPE BASE64" each.
func (s *Server) HostKeys(ctx context.Context) ([]string, error) {
	if s.keys != nil { // read once: the server may be down by now
		return s.keys, nil
	}
	out, err := s.Exec(ctx, "cat /etc/ssh/ssh_host_*_key.pub")
	if err != nil {
		return nil, err
	}
	s.keys = hostKeys(out)
	return s.keys, nil
}

// hostKeys takes the comments off public keys.
func hostKeys(out string) []string {
	var keys []string
	for _, line := range lines(out) {
		if fields := strings.Fields(line); len(fields) >= 2 {
			keys = append(keys, fields[0]+" "+fields[1])
		}
	}
	return keys
}

func sortByAddr(servers []*Server) {
	slices.SortFunc(servers, func(a, b *Server) int { return a.External.Compare(b.External) })
}

// lockedWriter lets servers that boot side by side log whole lines.
type lockedWriter struct {
	mu sync.Mutex
	w  interface{ Write([]byte) (int, error) }
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
