package ops

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// VerifyOptions say which replicas are compared with their primary.
type VerifyOptions struct {
	Target   string
	Replicas []string // empty: every replica of the target
	MaxRate  int64    // bytes per second read on each side
}

// VerifyDocument is the answer of `belt db replicate verify`.
type VerifyDocument struct {
	Version  int              `json:"version"`
	Target   string           `json:"target"`
	Equal    bool             `json:"equal"`
	Replicas []VerifiedServer `json:"replicas"`
}

// VerifiedServer is one replica compared with its primary.
type VerifiedServer struct {
	Server      string                   `json:"server"`
	Equal       bool                     `json:"equal"`
	Compared    Compared                 `json:"compared"`
	Differences []replication.Difference `json:"differences"`
	Skipped     []string                 `json:"skipped"` // what cannot be compared, and why
	Error       string                   `json:"error"`   // why the comparison did not come to its end
	Seconds     float64                  `json:"seconds"`
}

// Compared is how much was looked at on each side.
type Compared struct {
	Tables int64 `json:"tables"`
	Rows   int64 `json:"rows"`
}

// Verify compares replicas with their primary, row by row and side by side. The error is an *[Unhealthy] when one differs.
func Verify(ctx context.Context, s *Session, o VerifyOptions) (VerifyDocument, error) {
	doc := VerifyDocument{Version: 1, Target: o.Target, Replicas: []VerifiedServer{}}
	target, err := s.Inventory.Target(o.Target)
	if err != nil {
		return doc, err
	}
	doc.Target = target.String()
	g, err := s.group(target)
	if err != nil {
		return doc, err
	}
	asked, err := s.named(g, o.Replicas)
	if err != nil {
		return doc, err
	}
	facts := s.look(ctx, g, replication.Survey)
	if ctx.Err() != nil {
		return doc, context.Cause(ctx)
	}
	t := g.topology(facts)
	if err := primaryless(t, facts); err != nil {
		return doc, err
	}
	replicas, err := toCompare(t, asked)
	if err != nil {
		return doc, err
	}

	doc.Replicas = make([]VerifiedServer, len(replicas))
	failures := make([]error, len(replicas))
	screen := &oneAtATime{to: s.Screen}
	var wg sync.WaitGroup
	for i, r := range replicas {
		wg.Go(func() {
			doc.Replicas[i], failures[i] = compare(ctx, g.engine, screen, *t.Primary, r, replication.VerifyOptions{MaxRate: o.MaxRate})
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return doc, context.Cause(ctx)
	}
	return doc, doc.verdict(errors.Join(failures...))
}

// toCompare are the replicas that were asked for, or all; each has to be one that can be asked.
func toCompare(t replication.Topology, asked []replication.Node) ([]replication.Facts, error) {
	var out []replication.Facts
	known := map[string]bool{}
	for _, r := range t.Replicas {
		key := r.Facts.Node.Key()
		known[key] = true
		if len(asked) > 0 && !contains(asked, r.Facts.Node) {
			continue
		}
		if r.Facts.Err != nil {
			return nil, r.Facts.Err
		}
		out = append(out, r.Facts)
	}
	for _, n := range asked {
		if !known[n.Key()] {
			return nil, refuse("belt db status "+t.Target, "%s is no replica of %s", n.Label, t.Target)
		}
	}
	if len(out) == 0 {
		return nil, refuse("belt db replicate enable --help", "%s has no replica to compare", t.Target)
	}
	return out, nil
}

func contains(nodes []replication.Node, n replication.Node) bool {
	for _, one := range nodes {
		if one.Same(n) {
			return true
		}
	}
	return false
}

// compare verifies one replica and tells of it as of a step.
func compare(ctx context.Context, engine replication.Engine, screen plan.Observer, primary, replica replication.Facts,
	o replication.VerifyOptions) (VerifiedServer, error) {
	label := replica.Node.Label
	begun := time.Now()
	tell := func(e plan.Event) {
		e.Time, e.Step, e.Server, e.Title = time.Now(), "verify."+label, label, "compare with "+primary.Node.Label
		screen.Event(e)
	}
	tell(plan.Event{Kind: plan.Started})
	v, err := engine.Verify(ctx, primary, replica, o, func(done, total int64, note string) {
		tell(plan.Event{Kind: plan.Moved, Done: done, Total: total, Note: note})
	})
	took := time.Since(begun)
	out := VerifiedServer{
		Server: label, Equal: v.Equal && err == nil, Compared: Compared{Tables: v.Tables, Rows: v.Rows}, Seconds: took.Seconds(),
		Differences: append([]replication.Difference{}, v.Differences...), Skipped: append([]string{}, v.Skipped...),
	}
	if err != nil {
		out.Error = err.Error()
		tell(plan.Event{Kind: plan.Failed, Took: took, Err: err})
		return out, err
	}
	tell(plan.Event{Kind: plan.Finished, Took: took})
	return out, nil
}

// verdict sums up; failed is why a comparison did not come to its end.
func (d *VerifyDocument) verdict(failed error) error {
	d.Equal = failed == nil
	var differ []string
	for _, r := range d.Replicas {
		if !r.Equal {
			d.Equal = false
		}
		if len(r.Differences) > 0 {
			differ = append(differ, fmt.Sprintf("%s differs from its primary in %s", r.Server, count(len(r.Differences), "place")))
		}
	}
	var wait *replication.NotReadyError
	switch {
	case errors.As(failed, &wait):
		return &Unhealthy{Text: failed.Error(), Fix: "belt db status " + d.Target}
	case failed != nil:
		return failed
	case len(differ) > 0:
		return &Unhealthy{Text: strings.Join(differ, "; "), Fix: "belt db replicate resync " + d.Target + " --method full"}
	case !d.Equal:
		return &Unhealthy{Text: d.Target + ": the comparison did not come out equal"}
	}
	return nil
}

// oneAtATime hands events on one after the other.
type oneAtATime struct {
	mu sync.Mutex
	to plan.Observer
}

func (o *oneAtATime) Event(e plan.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to.Event(e)
}
