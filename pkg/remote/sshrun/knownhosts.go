package sshrun

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// knownHostsCache keeps the files that were read: a thousand servers often share one file of a thousand lines.
type knownHostsCache struct {
	mu   sync.Mutex
	seen map[string]*knownhosts.HostKeyDB // by files, their sizes and times
}

// load reads those of the files that exist.
func (k *knownHostsCache) load(files []string) (*knownhosts.HostKeyDB, error) {
	var there []string
	var stamp strings.Builder
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.IsDir() {
			continue
		}
		there = append(there, file)
		fmt.Fprintf(&stamp, "%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if db := k.seen[stamp.String()]; db != nil {
		return db, nil
	}
	db, err := knownhosts.NewDB(there...)
	if err != nil {
		return nil, err
	}
	if k.seen == nil {
		k.seen = map[string]*knownhosts.HostKeyDB{}
	}
	k.seen[stamp.String()] = db
	return db, nil
}

// add appends a key to the user's own file, which is made when it is not there.
func (k *knownHostsCache) add(s settings, hostname string, key ssh.PublicKey) error {
	if len(s.userKnownHosts) == 0 {
		return nil
	}
	file := s.userKnownHosts[0]
	name := knownhosts.Normalize(hostname)
	if s.hashKnownHosts {
		name = xknownhosts.HashHostname(name)
	}
	record := name + " " + line(key) + "\n"

	k.mu.Lock()
	defer k.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("record the host key: %w", err)
	}
	if old, err := os.ReadFile(file); err == nil && len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) {
		record = "\n" + record
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("record the host key: %w", err)
	}
	if _, err := f.WriteString(record); err != nil {
		f.Close()
		return fmt.Errorf("record the host key: %w", err)
	}
	return f.Close()
}
