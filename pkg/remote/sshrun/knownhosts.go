package sshrun

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// records are the known_hosts files of one or more servers.
type records struct {
	*knownhosts.HostKeyDB
	names map[string]string // the copies that were read in place of files, and those files
}

// name is the file that a record was really found in.
func (r *records) name(file string) string {
	if real, ok := r.names[file]; ok {
		return real
	}
	return file
}

// knownHostsCache keeps the files that were read: a thousand servers often share one file of a thousand lines.
type knownHostsCache struct {
	mu   sync.Mutex
	seen map[string]*records // by files, their sizes and times
}

// load reads those of the files that exist.
func (k *knownHostsCache) load(files []string) (*records, error) {
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
	if r := k.seen[stamp.String()]; r != nil {
		return r, nil
	}
	r, err := readRecords(there)
	if err != nil {
		return nil, err
	}
	if k.seen == nil {
		k.seen = map[string]*records{}
	}
	k.seen[stamp.String()] = r
	return r, nil
}

// readRecords reads files as OpenSSH does, which skips lines that it does not understand (garbage, types of keys from
// another time); the library would refuse the whole file. So it is given a copy in which such lines are empty.
func readRecords(files []string) (*records, error) {
	r := &records{names: map[string]string{}}
	var read []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		clean, skipped := understood(text)
		if !skipped {
			read = append(read, file)
			continue
		}
		f, err := os.CreateTemp("", "belt-known-hosts-")
		if err != nil {
			return nil, err
		}
		defer os.Remove(f.Name())
		_, err = f.Write(clean)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		r.names[f.Name()] = file
		read = append(read, f.Name())
	}
	var err error
	r.HostKeyDB, err = knownhosts.NewDB(read...)
	return r, err
}

// understood empties the lines that are no records, and tells whether there were any. Lines with a marker stay: to
// skip what was meant to revoke a key would be to trust it.
func understood(text []byte) (clean []byte, skipped bool) {
	for line := range bytes.Lines(text) {
		content := bytes.TrimSpace(line)
		if len(content) > 0 && content[0] != '#' && content[0] != '@' {
			if _, _, _, _, _, err := ssh.ParseKnownHosts(content); err != nil {
				line, skipped = []byte("\n"), true
			}
		}
		clean = append(clean, line...)
	}
	return clean, skipped
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
