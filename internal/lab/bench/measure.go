package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// bench is the lab, and what is measured on it.
type bench struct {
	options
	lab      *lab.Lab
	db1, db2 *lab.Server
}

// target is the database that everything is measured on.
func (b *bench) target() string { return "shop/" + string(b.engine) }

// usage is what one run of a program took.
type usage struct {
	elapsed time.Duration
	peak    int64 // bytes of memory, at most
	output  string
}

// belt runs the program under test on the lab's inventory, or on the file given.
func (b *bench) runBelt(ctx context.Context, file string, args ...string) (usage, error) {
	if file == "" {
		file = b.lab.Inventory()
	}
	return program(ctx, b.options.belt, append([]string{"--file", file, "--yes", "--quiet"}, args...)...)
}

func program(ctx context.Context, name string, args ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	began := time.Now()
	err := cmd.Run()
	u := usage{elapsed: time.Since(began), output: out.String()}
	if cmd.ProcessState != nil {
		if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			u.peak = r.Maxrss << 10 // Linux counts in KiB
		}
	}
	if err != nil {
		return u, fmt.Errorf("%s %v: %w: %s", name, args, err, complaints.String())
	}
	return u, nil
}

// ratios is one row: a figure of Belt over the same figure of its rival, round by round.
type ratios []float64

func (r *ratios) add(ours, theirs time.Duration) { *r = append(*r, ours.Seconds()/theirs.Seconds()) }

func (r ratios) String() string {
	sorted := slices.Sorted(slices.Values(r))
	return fmt.Sprintf("%.2f  (%.2f to %.2f, %d rounds)", median(sorted), sorted[0], sorted[len(sorted)-1], len(sorted))
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// print writes one figure, aligned.
func print(what, figure string, args ...any) {
	fmt.Fprintf(os.Stdout, "%-62s %s\n", what, fmt.Sprintf(figure, args...))
}
