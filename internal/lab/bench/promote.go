package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// promote measures how long an application finds no primary that takes its writes while the roles of two servers change: by
// Belt, and by repmgr's switchover where the engine is PostgreSQL. The one begins where the other has ended, since each sets
// the servers up in its own way.
func (b *bench) promote(ctx context.Context) error {
	if b.engine == lab.MongoDB {
		return nil // the driver of an application looks for the primary by itself
	}
	if _, err := b.runBelt(ctx, "", "db", "replicate", "enable", b.target(), "--replica", "db2"); err != nil {
		return err
	}
	ours, err := b.changes(ctx, func(ctx context.Context, to *lab.Server) error {
		_, err := b.runBelt(ctx, "", "db", "promote", b.target(), "--replica", to.Name)
		return err
	})
	if err != nil {
		return err
	}
	for _, command := range []string{"disable", "cleanup"} {
		if _, err := b.runBelt(ctx, "", "db", "replicate", command, b.target()); err != nil {
			return err
		}
	}
	print("promote: seconds without a primary that takes writes", "%s", spread(ours))
	if b.engine != lab.PostgreSQL {
		return nil
	}
	r := repmgr{b}
	if err := r.prepare(ctx); err != nil {
		return fmt.Errorf("repmgr: %w", err)
	}
	theirs, err := b.changes(ctx, r.switchover)
	if err != nil {
		return fmt.Errorf("repmgr: %w", err)
	}
	print("the same with repmgr standby switchover", "%s", spread(theirs))
	return nil
}

// changes makes db2 the primary and db1 again, under a writer that looks for the primary, for as many rounds as are wanted.
// The times are those in which it was refused.
func (b *bench) changes(ctx context.Context, change func(context.Context, *lab.Server) error) ([]time.Duration, error) {
	var gaps []time.Duration
	primary, other := b.db1, b.db2
	for range 2 * b.rounds {
		writer, err := lab.StartWriter(ctx, primary, lab.WriterOptions{From: b.lab.Server("shop", "web1"), Or: other})
		if err != nil {
			return nil, err
		}
		err = change(ctx, other)
		if err == nil {
			err = writtenAgain(ctx, writer)
		}
		writes := writer.Stop()
		if err != nil {
			return nil, err
		}
		lost, err := writer.Lost(ctx, other)
		if err != nil {
			return nil, err
		}
		if len(lost) > 0 {
			fmt.Printf("%d acknowledged rows were lost\n", len(lost))
		}
		gaps = append(gaps, writes.RefusedFor)
		primary, other = other, primary
	}
	return gaps, nil
}

// writtenAgain waits for a row that is acknowledged after now.
func writtenAgain(ctx context.Context, writer *lab.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	before := writer.Writes().Acknowledged
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for writer.Writes().Acknowledged == before {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the writer finds no primary: %w", ctx.Err())
		}
	}
	return nil
}

// spread is the median of some durations, and their least and most.
func spread(all []time.Duration) string {
	var seconds []float64
	for _, d := range all {
		seconds = append(seconds, d.Seconds())
	}
	slices.Sort(seconds)
	return fmt.Sprintf("%.2f s  (%.2f to %.2f, %d changes)", median(seconds), seconds[0], seconds[len(seconds)-1], len(seconds))
}
