package postgresql

import (
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// judge says how one replica is doing, and what would mend it.
func judge(target string, primary *replication.Facts, f replication.Facts) replication.Replica {
	resync := replica.ResyncOf(f.Node)
	n := nativeOf(f)
	r, told := replica.JudgeServer(target, f, n.Notes, n.Alive)
	if told {
		return r
	}
	bad := func(s replication.State, problem, fix string) replication.Replica {
		r.State, r.Problem, r.Fix = s, problem, fix
		return r
	}
	p := primary
	if p == nil || p.Err != nil || !p.Running {
		return replica.Sourceless(r)
	}
	pn := nativeOf(*p)
	name := replicaName(f.Node)
	held, hasSlot := pn.slot(name)
	sender, sending := pn.sender(name)
	behind(&r, *p)
	switch {
	case f.Identity != p.Identity:
		return bad(replication.Diverged, fmt.Sprintf("its data is not the primary's: system identifier %s, not %s", f.Identity, p.Identity), resync)
	case n.Timeline > pn.Timeline:
		return bad(replication.Diverged, fmt.Sprintf("it is on timeline %d, the primary on %d", n.Timeline, pn.Timeline), resync)
	case hasSlot && held.Status == "lost":
		noLag(&r)
		return bad(replication.Broken, "the primary no longer has the WAL that it needs", resync)
	case n.Receiver == nil && !sending:
		noLag(&r)
		return bad(replication.Broken, "it is not connected to its primary"+why(f, *p), resync)
	case f.Follows != "" && !replica.FollowsNode(f, p.Node) && !sending:
		noLag(&r)
		return bad(replication.Broken, fmt.Sprintf("it follows %s, not %s", f.Follows, p.Node.Label), resync)
	case n.ReplayPaused:
		return bad(replication.CatchingUp, "replay is paused: SELECT pg_wal_replay_resume()", "")
	case r.LagBytes != nil && *r.LagBytes > caughtUp, sending && sender.State == "catchup" && *r.LagBytes > 0:
		r.State = replication.CatchingUp
		return r
	}
	r.State = replication.Streaming
	return r
}

// behind computes the lag from positions; the time is that of the last replayed commit by the primary's own clock.
func behind(r *replication.Replica, p replication.Facts) {
	there, here := parseLSN(nativeOf(p).LSN), parseLSN(nativeOf(r.Facts).LSN)
	if there == 0 || here == 0 {
		return
	}
	bytes, seconds := int64(0), 0.0
	if there > here {
		bytes = int64(there - here)
		if n := nativeOf(r.Facts); n.ReplayStamp > 0 {
			seconds = max(0, nativeOf(p).Now-n.ReplayStamp)
		}
	}
	r.LagBytes, r.LagSeconds = &bytes, &seconds
}

func noLag(r *replication.Replica) { r.LagBytes, r.LagSeconds = nil, nil }

// why guesses from the primary's side what keeps a replica from connecting.
func why(f, p replication.Facts) string {
	n, name := nativeOf(p), replicaName(f.Node)
	_, hasSlot := n.slot(name)
	switch {
	case !n.hasRole(name):
		return fmt.Sprintf(": %s has no role %s", p.Node.Label, name)
	case !hasSlot:
		return fmt.Sprintf(": %s has no slot %s", p.Node.Label, name)
	}
	return ""
}
