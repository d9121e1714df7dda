package mover

import (
	"context"
	"fmt"
	"os"
	"time"
)

// report tells how far it is, in the job's progress file, until ctx ends, and how far it came.
func report(ctx context.Context, file string, line func() string) {
	if file == "" {
		return
	}
	ticks := time.NewTicker(500 * time.Millisecond)
	defer ticks.Stop()
	before := ""
	for last := false; ; {
		if now := line(); now != before {
			// Progress on a full disk is worth no failure.
			if err := os.WriteFile(file+".new", []byte(now+"\n"), 0o600); err == nil && os.Rename(file+".new", file) == nil {
				before = now
			}
		}
		if last {
			return
		}
		select {
		case <-ctx.Done():
			last = true
		case <-ticks.C:
		}
	}
}

// line is a line of progress: bytes done, bytes expected, what is waited for.
func progressLine(done uint64, total int64, about *contact, note string) string {
	switch silent, ever := about.silence(); {
	case !ever:
		note = fmt.Sprintf("waiting for the first connection with %s", about.peer)
	case silent > about.p.quiet/2:
		note = fmt.Sprintf("no connection to %s; it goes on when there is one", about.peer)
	}
	if total > 0 && done > uint64(total) {
		total = 0 // it was an estimate, and is none any more
	}
	return fmt.Sprintf("%d %d %s", done, total, note)
}
