package compare

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// ahead is how many pages one stage of a walk may be ahead of the next.
const ahead = 2

// mostSuspects are the keys that wait to be asked again, by name: of a replica that is wholly another there are millions.
const mostSuspects = 20000

// database compares one database, both ways, and then asks again what differed.
func (c *comparison) database(ctx context.Context, db int) error {
	lister, primary, replica, err := c.connections(ctx, db)
	if err != nil {
		return err
	}
	defer lister.Close()
	defer primary.Close()
	defer replica.Close()

	found := len(c.out.Differences)
	suspects := map[string]bool{}
	if err := c.forth(ctx, db, lister, primary, replica, suspects); err != nil {
		return err
	}
	if err := c.settle(ctx, db, primary, replica, suspects); err != nil {
		return err
	}
	// All that the primary has is on the replica. It has nothing else if it has as many keys at the same moment.
	if len(c.out.Differences) == found && len(c.out.Skipped) == 0 {
		if alike, err := c.sameSize(ctx, primary, replica); alike || err != nil {
			return err
		}
	}
	suspects = map[string]bool{}
	if err := c.back(ctx, db, primary, replica, suspects); err != nil {
		return err
	}
	return c.settle(ctx, db, primary, replica, suspects)
}

// connections are two to the primary, of which one lists its keys, and one to the replica.
func (c *comparison) connections(ctx context.Context, db int) (lister, primary, replica *side, err error) {
	var sides [3]*side
	var g errgroup.Group
	for i, server := range []Server{c.primary, c.primary, c.replica} {
		g.Go(func() (err error) {
			sides[i], err = c.open(ctx, server, db)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		for _, s := range sides {
			if s != nil {
				s.Close()
			}
		}
		return nil, nil, nil, err
	}
	return sides[0], sides[1], sides[2], nil
}

// chunk is a page of keys on its way.
type chunk struct {
	keys   []string
	groups []group
}

// forth walks the primary's keys: while the next page is listed the primary is asked what it has under the one before, and
// the replica under the one before that.
func (c *comparison) forth(ctx context.Context, db int, lister, primary, replica *side, suspects map[string]bool) error {
	listed, told := make(chan []string, ahead), make(chan chunk, ahead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { defer close(listed); return walk(ctx, lister, listed) })
	g.Go(func() error {
		defer close(told)
		for keys := range listed {
			groups, err := primary.groups(ctx, keys, nil, c.exact)
			if err != nil {
				return err
			}
			if err := send(ctx, told, chunk{keys, groups}); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		for p := range told {
			theirs, err := replica.groups(ctx, p.keys, p.groups, c.exact)
			if err != nil {
				return err
			}
			if len(theirs) != len(p.groups) {
				return replica.odd(nil, p.keys)
			}
			bytes := int64(0)
			for i, own := range p.groups {
				bytes += own.bytes
				// Big keys wait until all is walked: the primary's session is busy with the next page.
				for _, place := range own.suspects(theirs[i], c.opts.Tolerance) {
					suspects[p.keys[place]] = true
				}
			}
			c.done += int64(len(p.keys))
			c.out.Rows += int64(len(p.keys))
			c.tell(fmt.Sprintf("db%d: %d keys%s", db, c.out.Rows, c.plain))
			if err := c.meter.Pace(ctx, bytes); err != nil {
				return err
			}
			if len(suspects) >= mostSuspects {
				if err := c.settle(ctx, db, primary, replica, suspects); err != nil {
					return err
				}
				clear(suspects)
			}
		}
		return nil
	})
	return g.Wait()
}

// walk lists the keys of a side.
func walk(ctx context.Context, s *side, pages chan<- []string) error {
	for cursor := "0"; ; {
		keys, next, err := s.names(ctx, cursor)
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			if err := send(ctx, pages, keys); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "0" {
			return nil
		}
	}
}

func send[T any](ctx context.Context, to chan<- T, value T) error {
	select {
	case to <- value:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// back walks the replica's keys, to find those that the primary does not have.
func (c *comparison) back(ctx context.Context, db int, primary, replica *side, suspects map[string]bool) error {
	pages := make(chan []string, ahead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { defer close(pages); return walk(ctx, replica, pages) })
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
			if len(suspects) >= mostSuspects {
				if err := c.settle(ctx, db, primary, replica, suspects); err != nil {
					return err
				}
				clear(suspects)
			}
			walked += len(keys)
			c.tell(fmt.Sprintf("db%d: looking for keys on the replica only, %d so far", db, walked))
			if err := c.meter.Pace(ctx, int64(len(keys))*40); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}
