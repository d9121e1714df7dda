package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// verify measures how many rows or keys a second are compared, the start of the program included, and what that takes of the
// operator's memory.
func (b *bench) verify(ctx context.Context) error {
	if _, err := b.runBelt(ctx, "", "db", "replicate", "enable", b.target(), "--replica", "db2"); err != nil {
		return err
	}
	for range b.rounds {
		ours, err := b.runBelt(ctx, "", "db", "replicate", "verify", b.target(), "-o", "json")
		if err != nil {
			return err
		}
		var found struct {
			Replicas []struct {
				Compared struct {
					Rows int64 `json:"rows"`
				} `json:"compared"`
			} `json:"replicas"`
		}
		if err := json.Unmarshal([]byte(ours.output), &found); err != nil || len(found.Replicas) != 1 {
			return fmt.Errorf("what verify printed: %w: %.200s", err, ours.output)
		}
		rows := found.Replicas[0].Compared.Rows
		print("verify, rows or keys a second", "%.0f  (%d in %.1f s, peak memory %d MB)", float64(rows)/ours.elapsed.Seconds(), rows, ours.elapsed.Seconds(), ours.peak>>20)
	}
	for _, command := range []string{"disable", "cleanup"} {
		if _, err := b.runBelt(ctx, "", "db", "replicate", command, b.target(), "--replica", "db2"); err != nil {
			return err
		}
	}
	return nil
}
