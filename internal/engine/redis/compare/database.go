package compare

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// ahead is how many pages the primary may be ahead of the replica.
const ahead = 4

// database compares one database, both ways, and then asks again what differed.
func (c *comparison) database(ctx context.Context, db int) error {
	primary, err := open(ctx, c.primary, db)
	if err != nil {
		return err
	}
	defer primary.Close()
	replica, err := open(ctx, c.replica, db)
	if err != nil {
		return err
	}
	defer replica.Close()

	suspects := map[string]bool{}
	if err := c.forth(ctx, db, primary, replica, suspects); err != nil {
		return err
	}
	if err := c.back(ctx, db, primary, replica, suspects); err != nil {
		return err
	}
	return c.settle(ctx, db, primary, replica, suspects)
}

// forth walks the primary's keys, while the replica is asked for those of the pages before.
func (c *comparison) forth(ctx context.Context, db int, primary, replica *side, suspects map[string]bool) error {
	pages := make(chan page, ahead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(pages)
		for cursor := "0"; ; {
			p, next, err := primary.scan(ctx, cursor)
			if err != nil {
				return err
			}
			select {
			case pages <- p:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if cursor = next; cursor == "0" {
				return nil
			}
		}
	})
	g.Go(func() error {
		for p := range pages {
			r, err := replica.named(ctx, p.keys)
			if err != nil {
				return err
			}
			bytes := int64(0)
			for i, key := range p.keys {
				bytes += int64(len(key)) + 100
				// Big keys wait until all is walked: the primary's session is busy with the next page.
				if !p.entries[i].whole() || !r.entries[i].whole() || p.entries[i].differs(r.entries[i], c.opts.Tolerance) != "" {
					suspects[key] = true
				}
			}
			c.done += int64(len(p.keys))
			c.out.Rows += int64(len(p.keys))
			c.tell(fmt.Sprintf("db%d: %d keys", db, c.out.Rows))
			if err := c.meter.took(ctx, bytes); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// back walks the replica's keys, to find those that the primary does not have.
func (c *comparison) back(ctx context.Context, db int, primary, replica *side, suspects map[string]bool) error {
	pages := make(chan []string, ahead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(pages)
		for cursor := "0"; ; {
			keys, next, err := replica.names(ctx, cursor)
			if err != nil {
				return err
			}
			select {
			case pages <- keys:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if cursor = next; cursor == "0" {
				return nil
			}
		}
	})
	g.Go(func() error {
		walked := 0
		for keys := range pages {
			extra, err := primary.absent(ctx, keys)
			if err != nil {
				return err
			}
			for _, key := range extra {
				suspects[key] = true
			}
			walked += len(keys)
			c.tell(fmt.Sprintf("db%d: looking for keys on the replica only, %d so far", db, walked))
			if err := c.meter.took(ctx, int64(len(keys))*40); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}
