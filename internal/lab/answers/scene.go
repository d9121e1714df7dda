package answers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/pkg/replication"
)

// Scene is the two servers and where their answers go.
type Scene struct {
	Product
	Lab   *lab.Lab
	Nodes []replication.Node // db1, db2

	neutral func(server int, text string) string
	dir     string // of the release: testdata/redis/redis-7.0
	runs    int
}

// scene asks the first server for the release.
func (c Capture) scene(ctx context.Context, l *lab.Lab, p Product, dir string) (*Scene, error) {
	s := &Scene{Product: p, Lab: l, neutral: c.Neutral}
	for _, host := range l.Servers() {
		s.Nodes = append(s.Nodes, replication.Node{
			App: host.App, Server: host.Name, Label: host.Name, Database: string(p.Kind), Engine: string(p.Kind),
			Internal: host.Internal.String(), External: host.External.String(), Runner: Of(host),
		})
	}
	f := s.Engine.Inspect(ctx, s.Nodes[0], replication.Glance)
	s.dir = filepath.Join(dir, c.Release(p, f.Version))
	return s, f.Err
}

// Server is one of the two: 0, 1.
func (s *Scene) Server(i int) *Server { return s.Nodes[i].Runner.(*Server) }

// Host is the machine of one of the two.
func (s *Scene) Host(i int) *lab.Server { return s.Server(i).Host }

// Inspect asks both servers.
func (s *Scene) Inspect(ctx context.Context, depth replication.Depth) ([]replication.Facts, error) {
	var facts []replication.Facts
	var errs []error
	for _, node := range s.Nodes {
		f := s.Engine.Inspect(ctx, node, depth)
		facts, errs = append(facts, f), append(errs, f.Err)
	}
	return facts, errors.Join(errs...)
}

// Look saves what both servers say of themselves now, in files called as the server, with the suffix.
func (s *Scene) Look(ctx context.Context, state string, depth replication.Depth, suffix string) error {
	if _, err := s.Inspect(ctx, depth); err != nil {
		return err
	}
	for i := range s.Nodes {
		if err := s.Keep(i, state, suffix); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, s.dir, state+suffix)
	return nil
}

// Keep saves what one server said when it was looked at last.
func (s *Scene) Keep(i int, state, suffix string) error {
	text := s.Server(i).Last("inspect " + s.Title)
	if s.neutral != nil {
		text = s.neutral(i, text)
	}
	return s.Save(state, s.Nodes[i].Server+suffix, text)
}

// Save writes one answer.
func (s *Scene) Save(state, name, text string) error {
	folder := filepath.Join(s.dir, state)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".txt"), []byte(Neutral(s.Lab, text)), 0o644)
}

// Until waits for what the servers come to by themselves.
func (s *Scene) Until(ctx context.Context, what string, cond func() bool) error {
	for deadline := time.Now().Add(time.Minute); !cond(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) || ctx.Err() != nil {
			return errors.Join(fmt.Errorf("%s: not in time", what), ctx.Err())
		}
	}
	return nil
}
