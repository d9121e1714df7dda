package main

import (
	"context"
	"slices"

	"github.com/dbbelt/belt/internal/lab"
)

// forks is what copies cost in memory on a primary that forks for them. Other engines have nothing of the kind.
type forks struct {
	*bench
	ours, theirs []float64 // megabytes
}

func (f *forks) seen(ctx context.Context, into *[]float64) error {
	if f.engine != lab.Redis && f.engine != lab.Valkey {
		return nil
	}
	bytes, err := replicaOf{f.bench}.forkMemory(ctx)
	*into = append(*into, float64(bytes)/(1<<20))
	return err
}

func (f *forks) print() {
	if len(f.ours) == 0 {
		return
	}
	slices.Sort(f.ours)
	slices.Sort(f.theirs)
	print("memory that the primary's fork took, beside that of the rival", "%.1f MB, %.1f MB", median(f.ours), median(f.theirs))
}
