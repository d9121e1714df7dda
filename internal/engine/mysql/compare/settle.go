package compare

import (
	"context"
	"fmt"
	"time"

	shared "github.com/dbbelt/belt/internal/compare"
)

const (
	confirmations = 3           // looks that have to show a difference until it counts
	confirmTime   = time.Second // over which they are spread
	movingLooks   = 25          // at rows that change each time
)

// settle finds out which rows really differ, by looking at them until that is clear.
func (p *pair) settle(ctx context.Context, t *table, show func(context.Context, *side) (look, error)) error {
	var pending map[string]bool
	seen := map[string]int{}
	start := time.Now()
	for round := 1; ; round++ {
		before, err := show(ctx, p.primary)
		if err != nil {
			return err
		}
		if err := p.wait(ctx); err != nil {
			return err
		}
		there, err := show(ctx, p.replica)
		if err != nil {
			return err
		}
		after := before
		if p.following {
			if after, err = show(ctx, p.primary); err != nil {
				return err
			}
		}
		var real []judgement
		next := map[string]bool{}
		for _, j := range judge(before, there, after, pending) {
			switch {
			case !j.moving:
				seen[j.id]++
				if !p.following || seen[j.id] >= confirmations && time.Since(start) >= confirmTime {
					real = append(real, j)
					continue
				}
			case round >= movingLooks:
				p.tooFast(t, j.id)
				continue
			}
			next[j.id] = true
		}
		if err := p.record(ctx, t, real, before, there); err != nil || t.found.full() {
			return err
		}
		if len(next) == 0 {
			return nil
		}
		pending = next
		if err := shared.Sleep(ctx, min(time.Duration(round)*50*time.Millisecond, 500*time.Millisecond)); err != nil {
			return err
		}
	}
}

// tooFast notes a row that was another one each time it was looked at.
func (p *pair) tooFast(t *table, id string) {
	const most = 5
	switch n := len(t.found.skipped); {
	case n < most:
		t.found.skipped = append(t.found.skipped, fmt.Sprintf("%s: %s changes faster than it can be compared", t, t.subject(id)))
	case n == most:
		t.found.skipped = append(t.found.skipped, fmt.Sprintf("%s: more rows change faster than they can be compared", t))
	}
}
