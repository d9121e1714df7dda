package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// batches are how many keys are asked again at once: in each round fewer, for a hot key has its best chance alone.
var batches = []int{1000, 100, 10, 1}

const (
	rounds    = 8  // how often a key is asked again that changes all the time
	sizeTries = 10 // to ask both for their sizes at one moment
)

// settle asks again what differed, after the replica has applied what the primary had. A difference counts when nobody wrote
// to the key on the primary meanwhile.
func (c *comparison) settle(ctx context.Context, db int, primary, replica *side, suspects map[string]bool) error {
	open, big := slices.Sorted(maps.Keys(suspects)), map[string]bool{}
	for round := 0; len(open) > 0; round++ {
		size := batches[min(round, len(batches)-1)]
		var still []string
		for len(open) > 0 {
			keys := open[:min(size, len(open))]
			open = open[len(keys):]
			moving, err := c.again(ctx, db, primary, replica, keys, big)
			if err != nil {
				return err
			}
			still = append(still, moving...)
			if left := len(open) + len(still); left > 0 {
				c.tell(fmt.Sprintf("db%d: asking again about %d keys", db, left))
			}
		}
		if open = still; round == rounds && len(open) > 0 {
			c.out.Skipped = append(c.out.Skipped, fmt.Sprintf("db%d: %d keys change faster than they can be compared, such as %s", db, len(open), objectName(db, open[0])))
			return nil
		}
	}
	return nil
}

// again compares some keys once more and returns those of which nothing can be said, because they changed meanwhile. big
// are the keys that are read in pieces on both sides: it learns which.
func (c *comparison) again(ctx context.Context, db int, primary, replica *side, keys []string, big map[string]bool) (moving []string, err error) {
	watched, err := primary.watch(ctx, keys)
	if err != nil {
		return nil, err
	}
	before, err := primary.full(ctx, keys, big)
	if err != nil {
		return nil, err
	}
	if err := c.caughtUp(ctx, primary, replica); err != nil {
		return nil, err
	}
	known := len(big)
	now, err := replica.full(ctx, keys, big)
	if err != nil {
		return nil, err
	}
	still := false
	if watched {
		if still, err = primary.untouched(ctx); err != nil {
			return nil, err
		}
	}
	if len(big) > known {
		return keys, nil // one is big on the replica only: the two digests of one content are not alike
	}
	after := before
	if !still {
		if after, err = primary.full(ctx, keys, big); err != nil {
			return nil, err
		}
	}
	for i, key := range keys {
		a, r, b := before.entries[i], now.entries[i], after.entries[i]
		how := a.differs(r, c.opts.Tolerance)
		switch {
		case how == "" || b.differs(r, c.opts.Tolerance) == "":
		case !still && (watched || a.differs(b, 0) != ""):
			moving = append(moving, key)
		case a.opaque():
			c.out.Skipped = append(c.out.Skipped, objectName(db, key)+": of a module's type "+a.kind+", whose forms may differ where the content does not")
		default:
			c.differ(objectName(db, key), how)
		}
	}
	return moving, nil
}

// caughtUp waits until the replica has applied all that the primary has written by now. One that does not follow is
// compared as it stands.
func (c *comparison) caughtUp(ctx context.Context, primary, replica *side) error {
	if !c.follows {
		return nil
	}
	state, err := primary.info(ctx, "replication")
	if err != nil {
		return err
	}
	goal, err := strconv.ParseInt(state["master_repl_offset"], 10, 64)
	if err != nil {
		return fmt.Errorf("%s: a position that is none: %q", primary.name, state["master_repl_offset"])
	}
	deadline := time.Now().Add(c.opts.Patience)
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		state, err := replica.info(ctx, "replication")
		if err != nil {
			return err
		}
		if at, _ := strconv.ParseInt(state["slave_repl_offset"], 10, 64); at >= goal {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: %w: it is at %s, %s at %d", c.out.Server, ErrLag, state["slave_repl_offset"], primary.name, goal)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// sameSize tells whether both have as many keys at one and the same moment in the stream of changes. It says no where
// there is no such moment soon: on a busy primary the two are hardly ever asked at the same one.
func (c *comparison) sameSize(ctx context.Context, primary, replica *side) (bool, error) {
	if !c.follows || primary.can.plain {
		return false, nil
	}
	for range sizeTries {
		if err := c.caughtUp(ctx, primary, replica); err != nil {
			return false, err
		}
		there, err := replica.values(ctx, plainEval(sizeLua))
		if err != nil {
			return false, err
		}
		here, err := primary.values(ctx, plainEval(sizeLua))
		if err != nil {
			return false, err
		}
		if len(there) == 2 && len(here) == 2 && there[1] == here[1] {
			return there[0] == here[0], nil
		}
	}
	return false, nil
}
