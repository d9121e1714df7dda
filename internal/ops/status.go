package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/replication"
)

// StatusOptions say whose status is asked for.
type StatusOptions struct {
	Select string         // "", "APP" or "APP/DATABASE"
	MaxLag *time.Duration // how far behind a healthy replica may be; nil is as far as it likes, while it streams
}

// Status asks every server of the selected databases for its role and position. The error is an *[Unhealthy] when a
// database is not well, and that of the connection when a primary cannot be found because a server did not answer; the
// document is whole all the same.
func Status(ctx context.Context, s *Session, o StatusOptions) (StatusDocument, error) {
	groups, err := s.selected(o.Select, false)
	if err != nil {
		return StatusDocument{}, err
	}
	doc := StatusDocument{Version: 1, Databases: make([]DatabaseStatus, len(groups))}
	var wg sync.WaitGroup
	for i, g := range groups {
		wg.Go(func() {
			facts := g.inspect(ctx, replication.Glance)
			t := g.topology(facts)
			if more := s.begun(g, t); len(more.nodes) > 0 {
				facts = append(facts, more.inspect(ctx, replication.Glance)...)
				t = g.topology(facts)
			}
			doc.Databases[i] = g.status(t)
			doc.Databases[i].limit(o.MaxLag)
			doc.Databases[i].unreachable = unreachable(t, facts)
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return doc, context.Cause(ctx)
	}
	return doc, doc.verdict()
}

// begun has the servers that are being made replicas, or were begun to be: belt.yaml names them as members only at the end.
func (s *Session) begun(g *group, t replication.Topology) group {
	more := *g
	more.nodes = nil
	for _, b := range t.Begun {
		app, server, _ := strings.Cut(b.Replica, "/")
		for _, a := range s.Inventory.Apps {
			one, err := a.Server(server)
			if a.Name != app || err != nil {
				continue
			}
			at := inventory.Target{App: a, Database: g.target.Database}
			for _, d := range a.Databases {
				if d.Engine == at.Database.Engine && slices.Contains(d.Servers, server) {
					at.Database = d
				}
			}
			node := s.node(g.home, at, one)
			if t.Primary != nil && b.Source != t.Primary.Node.Key() {
				node.Source = b.Source
			}
			more.nodes = append(more.nodes, node)
		}
	}
	return more
}

// selected are the groups of the selected databases. Those of engines that this belt does not replicate are left out,
// unless one was asked for by name. Where they are mixed together and of several apps, servers have their full names.
func (s *Session) selected(selector string, mixed bool) ([]*group, error) {
	apps, err := s.Inventory.Select(selector)
	if err != nil {
		return nil, err
	}
	var groups []*group
	var others []string
	for _, app := range apps {
		for _, d := range app.Databases {
			t := inventory.Target{App: app, Database: d}
			if full, err := s.Inventory.Target(t.String()); err == nil {
				t = full
			}
			home := app.Name
			if mixed {
				home = homeOf(apps)
			}
			g, err := s.groupFrom(t, home)
			switch {
			case err == nil:
				groups = append(groups, g)
			case strings.Contains(selector, "/"):
				return nil, err
			default:
				others = append(others, fmt.Sprintf("%s (%s)", t, d.Engine))
			}
		}
	}
	if len(others) > 0 {
		s.Screen.Note("left out, because this belt does not replicate their engine: " + strings.Join(others, ", "))
	}
	return groups, nil
}

// homeOf is the app whose servers need no longer name: the only one.
func homeOf(apps []inventory.App) string {
	if len(apps) == 1 {
		return apps[0].Name
	}
	return ""
}

// verdict is nil when every database is healthy.
func (d StatusDocument) verdict() error {
	var unreachable, unhealthy []error
	for _, one := range d.Databases {
		switch {
		case one.unreachable != nil:
			unreachable = append(unreachable, fmt.Errorf("%s: the primary cannot be asked: %w", one.Target, one.unreachable))
		case !one.Healthy:
			unhealthy = append(unhealthy, errors.New(one.Target+" is not healthy: "+strings.Join(one.complaints(), "; ")))
		}
	}
	switch {
	case len(unreachable) > 0:
		return errors.Join(append(unreachable, unhealthy...)...)
	case len(unhealthy) > 0:
		return &Unhealthy{Text: errors.Join(unhealthy...).Error(), Fix: d.fix()}
	}
	return nil
}

// complaints says in a few words each what is not well.
func (d DatabaseStatus) complaints() []string {
	out := append([]string{}, d.Problems...)
	for _, r := range d.Replicas {
		if !r.State.Healthy() {
			text := r.Label + " is " + string(r.State)
			if r.Problem != "" {
				text += " (" + r.Problem + ")"
			}
			out = append(out, text)
		}
	}
	if d.Primary == nil && len(out) == 0 {
		out = append(out, "it has no primary")
	}
	return out
}

// fix is the first command that mends something.
func (d StatusDocument) fix() string {
	for _, one := range d.Databases {
		for _, r := range one.Replicas {
			if r.Fix != "" {
				return r.Fix
			}
		}
		for _, l := range one.Leftovers {
			if l.Fix != "" {
				return l.Fix
			}
		}
	}
	return ""
}
