package mysql

import (
	"fmt"
	"strconv"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	// caughtUp is how far behind a replica may be and still count as streaming: under load the primary's position is
	// always a little newer than the replica's answer.
	caughtUp = 16 << 20
	// aMoment is the same in seconds: a replica counts whole ones.
	aMoment = 2
)

// gone tells whether an error is that of a source that has not got what its replica asks for: binary logs that were purged, or a
// position that it never had. The source says 1236 (ER_SOURCE_FATAL_ERROR_READING_BINLOG); MySQL's replica shows that under a
// number of its own (seen with 9.7.4).
func gone(errno int) bool { return errno == 1236 || errno == 13114 }

// judge says how one replica is doing, and what would mend it.
func judge(target string, primary *replication.Facts, f replication.Facts) replication.Replica {
	n := nativeOf(f)
	r, done := replica.JudgeServer(target, f, n.Notes, n.Alive)
	if done {
		return r
	}
	resync := replica.ResyncOf(f.Node)
	bad := func(s replication.State, problem, fix string) replication.Replica {
		r.State, r.Problem, r.Fix, r.LagBytes, r.LagSeconds = s, problem, fix, nil, nil
		return r
	}
	if primary == nil || primary.Err != nil || !primary.Running {
		return replica.Sourceless(r)
	}
	c := n.Channels[0]
	foreign := errant(*primary, f)
	lag(&r, nativeOf(*primary), c)
	switch {
	case len(n.Channels) > 1:
		return bad(replication.Broken, fmt.Sprintf("it has %d connections to sources, and Belt keeps one", len(n.Channels)), "")
	case !replica.FollowsNode(f, primary.Node):
		return bad(replication.Broken, fmt.Sprintf("it follows %s, not %s", f.Follows, primary.Node.Label), resync)
	case foreign != "":
		return bad(replication.Diverged, "it has transactions of its own: "+foreign, resync)
	case gone(c.ReadErrno):
		return bad(replication.Broken, "the primary no longer has the binary logs that it needs: "+c.ReadError, resync)
	case c.ApplyErrno != 0:
		return bad(replication.Broken, fmt.Sprintf("it stopped applying: error %d, %s", c.ApplyErrno, c.ApplyError), resync)
	case c.ReadErrno != 0 && c.Reading != "Yes":
		return bad(replication.Broken, fmt.Sprintf("it is not connected to its primary: error %d, %s%s", c.ReadErrno, c.ReadError, why(f, *primary)), resync)
	case c.Reading == "No" || c.Applying == "No":
		return bad(replication.Broken, "its replication threads are stopped", resync)
	case !n.ReadOnly:
		return bad(replication.Broken, "it takes writes of its own: read_only is off", resync)
	case c.Reading != "Yes":
		r.State, r.Problem, r.LagBytes, r.LagSeconds = replication.CatchingUp, "it is connecting to its primary", nil, nil
		return r
	case r.LagBytes == nil || *r.LagBytes > caughtUp || r.LagSeconds != nil && *r.LagSeconds > aMoment:
		r.State = replication.CatchingUp
		return r
	}
	r.State = replication.Streaming
	return r
}

// why guesses from the primary's side what keeps a replica from connecting.
func why(f, p replication.Facts) string {
	if name := accountName(f.Node); !nativeOf(p).hasAccount(name) {
		return fmt.Sprintf("; %s has no account %s", p.Node.Label, name)
	}
	return ""
}

// lag computes how far the replica is behind: the bytes of the primary's binary logs that it has not executed, and the
// seconds that it says itself, which count from the transaction that it executes now.
func lag(r *replication.Replica, p *native, c channel) {
	bytes, ok := behind(p, c)
	if !ok {
		return
	}
	r.LagBytes = &bytes
	seconds, err := strconv.ParseFloat(c.Behind, 64)
	switch {
	case bytes == 0:
		zero := 0.0
		r.LagSeconds = &zero
	case err == nil:
		r.LagSeconds = &seconds
	}
}

// behind is the bytes of binary log between what the replica executed and the primary's end; false when the primary has
// not got the log that the replica is in.
func behind(p *native, c channel) (int64, bool) {
	var sum int64
	in := false
	for _, l := range p.Logs {
		end := l.Size
		if l.Name == p.File {
			end = max(end, p.Position)
		}
		switch {
		case l.Name == c.ExecFile:
			in = true
			sum += max(0, end-c.ExecPosition)
		case in:
			sum += end
		}
	}
	if !in && c.ExecFile > p.File && p.File != "" { // the primary went on to a new log a moment ago
		return 0, true
	}
	return sum, in
}
