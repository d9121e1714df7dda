package redis

import (
	"context"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// soon is how long an answer of a replica is waited for before something else tells how far it is.
const soon = time.Second

// look asks the replica how it is doing. While it loads a copy that comes to it directly it answers only between two portions
// of 2 MB (loading-process-events-interval-bytes), and a question has several answers: over a slow link that takes long.
// What its connection has received tells in the meantime how far it is.
func (w *watch) look(ctx context.Context, report plan.Progress) (map[string]string, error) {
	type answer struct {
		now map[string]string
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		now, err := info(ctx, w.target, "look how the replica is doing")
		answered <- answer{now, err}
	}()
	tick := time.NewTicker(soon)
	defer tick.Stop()
	for {
		select {
		case a := <-answered:
			return a.now, a.err
		case <-tick.C:
			if got := w.received(ctx); got > 0 {
				report(got, max(got, w.pn.bytes()), "receiving the copy")
			}
		}
	}
}

// receivedScript prints how many bytes came over the program's connections to an address and port. $1 program, $2 address,
// $3 port. Where there is no ss, or an old one, it prints nothing. In a container even root may not be told whose a connection
// is; then it counts.
const receivedScript = `ss -tinpHO state established dst "$2" dport = ":$3" 2>/dev/null | awk -v program="\"$1\"" '
(index($0, program) || !index($0, "users:((")) && match($0, /bytes_received:[0-9]+/) { n = substr($0, RSTART + 15, RLENGTH - 15); if (n + 0 > most + 0) most = n }
END { print most }'; exit 0`

// received is what the replica's connection to its primary has brought so far, in bytes; 0 when that cannot be told.
func (w *watch) received(ctx context.Context) int64 {
	result, err := w.target.Node.Runner.Run(ctx, replica.Look("measure the copy", receivedScript,
		path.Base(w.tn.Program), w.Link.Address, strconv.Itoa(w.port())))
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(result.Stdout), 10, 64)
	return n
}
