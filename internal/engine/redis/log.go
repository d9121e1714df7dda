package redis

import (
	"context"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// logFile is the instance's own log; empty where it logs elsewhere.
func (n *native) logFile() string {
	if v := n.Settings["logfile"]; v != "" {
		return v
	}
	return strings.Trim(n.Conf.Value("logfile"), `"`)
}

// logSize is the length of an instance's log now, in bytes.
func logSize(ctx context.Context, f replication.Facts) int64 {
	result, err := f.Node.Runner.Run(ctx, replica.Look("measure the log", `stat -c %s "$1" 2>/dev/null || echo 0`, nativeOf(f).logFile()))
	if err != nil {
		return 0
	}
	size, _ := strconv.ParseInt(strings.TrimSpace(result.Stdout), 10, 64)
	return size
}

// complaint is the last complaint in the replica's log since the watch began.
func (w *watch) complaint(ctx context.Context) string {
	return lastLog(ctx, w.target, w.log, complaints)
}

// What a log is searched for.
const (
	complaints = "error|fail|denied|AUTH|NOPERM|overcoming|limit|lost|timeout|No space|can.t|unable|abort|wrong|refused"
	overruns   = "overcoming of output buffer limits" // a line about the lost connection follows it
)

// lastLog is the last line that fits the pattern in an instance's log after its first bytes, without its head; empty when there is none.
func lastLog(ctx context.Context, f replication.Facts, after int64, pattern string) string {
	file := nativeOf(f).logFile()
	if file == "" {
		return ""
	}
	result, err := f.Node.Runner.Run(ctx, replica.Look("read the log", `tail -c +"$2" "$1" 2>/dev/null | tail -n 300 |
		grep -iE "$3" | grep -v WARNING | tail -n 1; exit 0`, file, strconv.FormatInt(after+1, 10), pattern))
	if err != nil {
		return ""
	}
	line := strings.TrimSpace(result.Stdout)
	// "812:S 28 Nov 2026 03:10:00.123 # Unable to AUTH to MASTER: …"
	for _, level := range []string{" # ", " * ", " - ", " . "} {
		if _, text, ok := strings.Cut(line, level); ok {
			return text
		}
	}
	return line
}
