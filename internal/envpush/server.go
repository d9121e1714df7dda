package envpush

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/remote"
)

// Server is one app server, and what its file is to have.
type Server struct {
	App    string // named in the comment over added variables, and in the history
	Runner remote.Runner
	File   string // absolute
	Format envfile.Format
	Apply  string // shell command to run as root after the file changed; empty for none
	Vars   []variables.Var
}

// key names what a server remembers about the file.
func (s Server) key() string {
	sum := sha256.Sum256([]byte(s.File))
	return hex.EncodeToString(sum[:8])
}

// edit returns content, nil for none, with the variables, and what changes.
func (s Server) edit(content *[]byte) ([]byte, []envfile.Change, error) {
	if content == nil {
		content = new([]byte)
	}
	file, err := envfile.Parse(s.Format, *content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.File, err)
	}
	file.Label = s.App
	before := file.Map()
	for _, v := range s.Vars {
		if err := file.Set(v.Name, v.Value); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", s.File, err)
		}
	}
	return file.Bytes(), envfile.Diff(before, file.Map()), s.readsBack(file.Bytes())
}

// readsBack reads content again as the application will, and compares every variable.
func (s Server) readsBack(content []byte) error {
	file, err := envfile.Parse(s.Format, content)
	if err != nil {
		return fmt.Errorf("%s: %w", s.File, err)
	}
	got := file.Map()
	for _, v := range s.Vars {
		if value, ok := got[v.Name]; !ok || value != v.Value {
			return fmt.Errorf("%s: %s would not be read back as it was written", s.File, v.Name)
		}
	}
	return nil
}

// secrets are the values that nothing may show.
func (s Server) secrets() *remote.Secrets {
	secrets := &remote.Secrets{}
	for _, v := range s.Vars {
		if envfile.Mask(v.Name, v.Value) != v.Value {
			secrets.Add(v.Value)
		}
	}
	return secrets
}
