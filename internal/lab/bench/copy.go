package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dbbelt/belt/internal/lab"
)

// fill puts the data on the primary and prepares the rival's way in.
func (b *bench) fill(ctx context.Context) error {
	if err := b.db1.Fill(ctx, b.size); err != nil {
		return err
	}
	return b.rival().prepare(ctx)
}

// copy measures a whole enable against the bare copy, with a writer on the primary.
func (b *bench) copy(ctx context.Context) error {
	var whole ratios
	var beyond []float64
	var peak int64
	rival := b.rival()
	memory := forks{bench: b}
	writer, err := lab.StartWriter(ctx, b.db1, lab.WriterOptions{})
	if err != nil {
		return err
	}
	for range b.rounds {
		theirs, err := rival.copy(ctx)
		if err != nil {
			return err
		}
		if err := memory.seen(ctx, &memory.theirs); err != nil {
			return err
		}
		ours, err := b.runBelt(ctx, "", "db", "replicate", "enable", b.target(), "--replica", "db2", "-o", "json")
		if err != nil {
			return err
		}
		if err := memory.seen(ctx, &memory.ours); err != nil {
			return err
		}
		whole.add(ours.elapsed, theirs)
		seed, err := seconds(ours.output, rival.step())
		if err != nil {
			return err
		}
		beyond = append(beyond, ours.elapsed.Seconds()-seed)
		peak = max(peak, ours.peak)
		for _, command := range []string{"disable", "cleanup"} {
			if _, err := b.runBelt(ctx, "", "db", "replicate", command, b.target(), "--replica", "db2"); err != nil {
				return err
			}
		}
	}
	writes := writer.Stop()
	slices.Sort(beyond)
	size, err := b.db1.DataSize(ctx)
	if err != nil {
		return err
	}
	print(fmt.Sprintf("enable of %d MB / %s", size>>20, rival.name()), "%s", whole)
	print("enable, beyond the copy itself", "%.1f s", median(beyond))
	print("a writer on the primary meanwhile: refused", "%.1f s  (longest wait %d ms)", writes.RefusedFor.Seconds(), writes.LongestWait.Milliseconds())
	print("belt's peak memory", "%d MB", peak>>20)
	memory.print()
	return nil
}

// seconds is what one step took, from the document that a changing command ends with.
func seconds(document, step string) (float64, error) {
	var result struct {
		Steps []struct {
			ID      string
			Seconds float64
		}
	}
	if err := json.Unmarshal([]byte(document), &result); err != nil {
		return 0, fmt.Errorf("the result of enable: %w", err)
	}
	for _, s := range result.Steps {
		if s.ID == step {
			return s.Seconds, nil
		}
	}
	return 0, fmt.Errorf("the result of enable has no step %s", step)
}
