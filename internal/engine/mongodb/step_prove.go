package mongodb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

func isNotYet(err error) bool { return errors.Is(err, replica.ErrNotYet) }

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// prove shows that the replica is one: a secondary as far as its primary, that refuses writes and has the same databases,
// collections and indexes, and as many documents in each.
func (m making) prove() plan.Step {
	return m.Step(plan.Step{
		ID: "prove", Server: m.To(), Title: "prove it: in sync, read-only, the same collections, indexes and counts", Lane: m.To(),
		Commands: []string{
			"on both: listDatabases, listCollections, listIndexes, count",
			"on " + m.To() + ": create a collection (must be refused)",
		},
		Do:   func(ctx context.Context, report plan.Progress) error { return m.proveReplica(ctx, report) },
		Undo: plan.NoEffect("nothing: it only looks"),
	})
}

func (m making) proveReplica(ctx context.Context, report plan.Progress) error {
	p, _, err := m.primaryDoor().open(ctx, true)
	if err != nil {
		return err
	}
	defer p.close()
	r, _, err := m.door().open(ctx, false)
	if err != nil {
		return err
	}
	defer r.close()
	var differ []string
	err = replica.Until(ctx, time.Minute, func(ctx context.Context) (bool, error) {
		there, err := p.inventory(ctx, true)
		if err != nil {
			return false, err
		}
		if err := m.follow(ctx, report); err != nil {
			return false, err
		}
		here, err := r.inventory(ctx, true)
		if err != nil {
			return false, err
		}
		again, err := p.inventory(ctx, true)
		if err != nil {
			return false, err
		}
		for _, name := range there.names() {
			if _, both := here[name]; !both || !there.miscounted(name, again, here) {
				continue
			}
			for _, side := range []struct {
				*session
				catalog
			}{{p, there}, {r, here}, {p, again}} {
				if err := side.recount(ctx, side.catalog, name); err != nil {
					return false, err
				}
			}
		}
		differ = there.differences(again, here)
		return len(differ) == 0, nil // under writes and DDL the two may differ for a moment
	})
	if isNotYet(err) {
		return fmt.Errorf("%s: differs from %s: %s", m.To(), m.From(), strings.Join(differ, "; "))
	}
	if err != nil {
		return err
	}
	return refusesWrites(ctx, r)
}

// refusesWrites tries to write.
func refusesWrites(ctx context.Context, s *session) error {
	err := s.tell(ctx, "belt_must_not_be", bson.D{{Key: "create", Value: "here"}})
	if err == nil {
		return fmt.Errorf("%s: it takes writes, so it is no replica", s.runner.Server())
	}
	if failed(err, codeNotWritable) {
		return nil
	}
	return err
}
