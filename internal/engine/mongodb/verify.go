package mongodb

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Verify compares every collection of every database while both servers are in use, in ranges of _id: a range is read on
// the primary, and on the replica once that has taken all that the primary had then. What differs is looked at again
// until it is the same, or until it stood still on the primary and was another thing on the replica three times.
//
// MongoDB has no function that hashes whole documents on the server but dbHash, which stops writes while it runs. So the
// documents themselves are read, through Belt, compressed on their way; --max-rate bounds that.
func (e *Engine) Verify(ctx context.Context, primary, secondary replication.Facts, opts replication.VerifyOptions, report plan.Progress) (replication.Verification, error) {
	v := replication.Verification{Server: secondary.Node.Label}
	for _, f := range []replication.Facts{primary, secondary} {
		switch {
		case f.Err != nil:
			return v, f.Err
		case !f.Running:
			return v, &replication.NotReadyError{Err: fmt.Errorf("%s: MongoDB does not run: %s", f.Node.Label, f.Problem)}
		}
	}
	if st := nativeOf(secondary).Status; st == nil || st.State != stateSecondary {
		return v, &replication.NotReadyError{Err: fmt.Errorf("%s: is no secondary now: nothing can be compared", secondary.Node.Label)}
	}
	p, _, err := doorOf(primary).open(ctx, true)
	if err != nil {
		return v, err
	}
	defer p.close()
	r, _, err := doorOf(secondary).open(ctx, true)
	if err != nil {
		return v, err
	}
	defer r.close()
	c := newComparison(p, r, opts, report)
	err = c.run(ctx)
	c.Verification.Server = v.Server
	c.Equal = err == nil && len(c.Differences) == 0
	return c.Verification, err
}

// run compares what there is, then what is in it.
func (c *comparison) run(ctx context.Context) error {
	found, err := c.catalogs(ctx)
	if err != nil {
		return err
	}
	if err := c.measure(ctx, found); err != nil {
		return err
	}
	for _, name := range found.names() {
		e := found[name]
		if e.view {
			continue
		}
		c.Tables++
		if err := c.collection(ctx, e); err != nil {
			return err
		}
	}
	c.Skipped = append(c.Skipped, "the databases config and local, and profiles (system.profile): they are each server's own")
	return nil
}

// catalogs compares collections and indexes, and returns those of the primary that can be compared.
func (c *comparison) catalogs(ctx context.Context) (catalog, error) {
	var there, here, again catalog
	var differ []string
	err := replica.Until(ctx, c.patience, func(ctx context.Context) (bool, error) {
		var err error
		if there, err = c.primary.inventory(ctx, false); err != nil {
			return false, err
		}
		if err := c.level(ctx); err != nil {
			return false, err
		}
		if here, err = c.replica.inventory(ctx, false); err != nil {
			return false, err
		}
		if again, err = c.primary.inventory(ctx, false); err != nil {
			return false, err
		}
		differ = there.differences(again, here)
		return len(differ) == 0, nil
	})
	if err != nil && !isNotYet(err) {
		return nil, err
	}
	for _, text := range differ {
		c.Differences = append(c.Differences, replication.Difference{Object: "catalog", Detail: text})
	}
	for name := range there {
		if _, both := here[name]; !both {
			delete(there, name)
		}
	}
	return there, nil
}

// measure adds up how much there is to compare.
func (c *comparison) measure(ctx context.Context, found catalog) error {
	seen := map[string]bool{}
	for _, name := range found.names() {
		db := found[name].db
		if seen[db] {
			continue
		}
		seen[db] = true
		var stats struct {
			Size float64 `bson:"dataSize"`
		}
		if err := c.primary.ask(ctx, db, bson.D{{Key: "dbStats", Value: 1}}, &stats); err != nil {
			return err
		}
		c.total += int64(stats.Size)
	}
	return nil
}
