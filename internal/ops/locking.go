package ops

import (
	"context"
	"errors"
	"os"
	"os/user"
	"strconv"

	"github.com/dbbelt/belt/internal/lock"
	steps "github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Locks keep two runs from working on one database at the same time.
type Locks interface {
	// Acquire takes the lock at every place or at none. The context that it returns ends when the lock is lost.
	Acquire(ctx context.Context, places []lock.Place, o lock.Owner) (held context.Context, release func(), err error)
	// Probe returns a *lock.HeldError when another run has the lock. It only reads.
	Probe(ctx context.Context, place lock.Place) error
}

// ServerLocks are locks on the servers themselves.
type ServerLocks struct{}

// Acquire takes the lock at every place.
func (ServerLocks) Acquire(ctx context.Context, places []lock.Place, o lock.Owner) (context.Context, func(), error) {
	l, err := lock.Acquire(ctx, places, o)
	if err != nil {
		return nil, nil, err
	}
	return l.Context(), l.Release, nil
}

// Probe looks at one lock.
func (ServerLocks) Probe(ctx context.Context, p lock.Place) error {
	owner, held, err := lock.Probe(ctx, remote.Guard(p.Runner), p.Name)
	if err != nil || !held {
		return err
	}
	e := &lock.HeldError{Server: p.Runner.Server()}
	if owner != nil {
		e.Owner = *owner
	}
	return e
}

// ports are the engines' usual ones: together with the engine's name they name an instance's lock.
var ports = map[string]int{
	inventory.PostgreSQL: 5432, inventory.MySQL: 3306, inventory.MariaDB: 3306,
	inventory.Redis: 6379, inventory.Valkey: 6379, inventory.MongoDB: 27017,
}

// places are the locks of a change: on the primary's server, on that which the targets replicate from, and on every target's.
func (c change) places(m *made) []lock.Place {
	nodes := c.targets
	var above []string
	if p := m.roles.Primary; p != nil && p.Err == nil {
		above = append(above, p.Node.Key())
	}
	for _, n := range c.targets {
		above = append(above, n.Source)
		for _, g := range c.group.nodes { // whom it follows until now may hold something for it
			if f := findFacts(m.facts, n); f.Replica && steps.FollowsNode(f, g) && !contains(nodes, g) {
				above = append(above, g.Key())
			}
		}
	}
	for _, key := range above {
		if node, ok := c.group.byKey(key); ok && !contains(nodes, node) {
			nodes = append([]replication.Node{node}, nodes...)
		}
	}
	if c.promotes { // all of them get another primary
		nodes = c.group.nodes
	}
	var places []lock.Place
	for _, n := range nodes {
		if findFacts(m.facts, n).Err != nil {
			continue // it is forgotten, not worked on
		}
		places = append(places, placeOf(n))
	}
	if c.beside != nil {
		places = append(places, c.beside()...)
	}
	return places
}

// placeOf is where the lock of one instance is.
func placeOf(n replication.Node) lock.Place {
	port := n.Settings.Port
	if port == 0 {
		port = ports[n.Engine]
	}
	return lock.Place{Runner: n.Runner, Name: n.Engine + "-" + strconv.Itoa(port)}
}

// lock takes the locks of a change.
func (s *Session) lock(ctx context.Context, c change, m *made) (context.Context, func(), error) {
	return s.Locks.Acquire(ctx, c.places(m), lock.Owner{
		ID: m.run, Who: whoami(), Host: hostname(), Command: c.command + " " + c.group.target.String(),
	})
}

// orHeld tells, of a change that the servers' state refuses, whether that is because another run is at work on them:
// then that is the answer.
func (s *Session) orHeld(ctx context.Context, c change, m *made, refusal error) error {
	for _, place := range c.places(m) {
		var held *lock.HeldError
		if err := s.Locks.Probe(ctx, place); errors.As(err, &held) {
			return held
		}
	}
	return refusal
}

func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return strconv.Itoa(os.Getuid())
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown host"
	}
	return name
}
