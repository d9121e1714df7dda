package redis

import (
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// judge says how one replica is doing, and what would mend it.
func judge(target string, primary *replication.Facts, f replication.Facts) replication.Replica {
	n := nativeOf(f)
	r, told := replica.JudgeServer(target, f, n.notes, n.Alive)
	if told {
		return r
	}
	resync := replica.ResyncOf(f.Node)
	bad := func(s replication.State, problem, fix string) replication.Replica {
		r.State, r.Problem, r.Fix = s, problem, fix
		return r
	}
	if primary == nil || primary.Err != nil || !primary.Running {
		return replica.Sourceless(r)
	}
	p := nativeOf(*primary)
	linked := n.Info["master_link_status"] == "up"
	switch {
	case n.Info["master_sync_in_progress"] == "1": // one that loads what comes in says that it is loading, too
		return bad(replication.Seeding, "", "")
	case n.Info["loading"] == "1":
		return bad(replication.CatchingUp, "it is loading its data"+percent(n.Info["loading_loaded_perc"]), "")
	case !replica.FollowsNode(f, primary.Node) && !p.feeds(f):
		return bad(replication.Broken, fmt.Sprintf("it follows %s, not %s", f.Follows, primary.Node.Label), resync)
	case !linked:
		return bad(replication.Broken, "its link to the primary is down"+since(n)+why(f, *primary), resync)
	case f.Identity != primary.Identity:
		return bad(replication.Diverged, fmt.Sprintf("it follows another history than the primary's: %.8s, not %.8s", f.Identity, primary.Identity), resync)
	case f.Writable:
		return bad(replication.Diverged, "it takes writes of its own: replica-read-only is no", resync)
	}
	behind(&r, *primary)
	r.State = replication.Streaming
	if *r.LagBytes > caughtUp {
		r.State = replication.CatchingUp
	}
	return r
}

// behind computes the lag from positions. Redis tells no time of a change; while the replica is behind, the time is that
// since it last heard of its primary.
func behind(r *replication.Replica, p replication.Facts) {
	n := nativeOf(r.Facts)
	bytes, seconds := max(0, nativeOf(p).offset()-n.offset()), 0.0
	if bytes > 0 {
		seconds = float64(max(0, n.number("master_last_io_seconds_ago")))
	}
	r.LagBytes, r.LagSeconds = &bytes, &seconds
}

// feeds tells whether the primary has a connection of the replica's own user.
func (n *native) feeds(f replication.Facts) bool {
	for _, c := range n.Replicas {
		if c["user"] == replicaName(f.Node) {
			return true
		}
	}
	return false
}

func since(n *native) string {
	if s := n.Info["master_link_down_since_seconds"]; s != "" && s != "-1" {
		return " since " + s + " s"
	}
	return ""
}

func percent(p string) string {
	if p == "" {
		return ""
	}
	return ": " + p + " %"
}

// why guesses from the primary's side what keeps a replica from connecting.
func why(f, p replication.Facts) string {
	if name := replicaName(f.Node); !nativeOf(p).hasUser(name) {
		return fmt.Sprintf(": %s has no user %s", p.Node.Label, name)
	}
	return ""
}
