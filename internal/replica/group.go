package replica

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// FollowsNode tells whether what a replica follows is one of the node's addresses.
func FollowsNode(f replication.Facts, n replication.Node) bool {
	host := f.Follows
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	return host != "" && (host == n.Internal || host == n.External)
}

// ResyncOf is the command that mends a replica. It names the server's own database: in a group of several apps two servers may have
// one name.
func ResyncOf(n replication.Node) string {
	return fmt.Sprintf("belt db replicate resync %s/%s --replica %s", n.App, n.Database, n.Server)
}

// Settled is the way to mend a replica, and why, where nothing is to be chosen: an unfinished run began it, or it was asked for.
// Empty where it is to be chosen.
func Settled(req replication.Request, unfinished *Unfinished) (method, why string) {
	if unfinished != nil && unfinished.Command == commandResync && unfinished.Method != "" {
		return unfinished.Method, "that is what the unfinished run began"
	}
	if m := req.Options.Method; m != "" && m != "auto" {
		return m, "it was asked for"
	}
	return "", ""
}

// Healthy tells whether the server is a replica of the topology's primary that follows it.
func Healthy(t replication.Topology, f replication.Facts) bool {
	for _, r := range t.Replicas {
		if r.Facts.Node.Same(f.Node) && (r.State == replication.Streaming || r.State == replication.CatchingUp) {
			return t.Primary != nil && FollowsNode(f, t.Primary.Node)
		}
	}
	return false
}

// Waiting are the request's targets that are not yet healthy replicas of the primary.
func Waiting(req replication.Request) []replication.Facts {
	var out []replication.Facts
	for _, t := range req.Targets {
		if !Healthy(req.Topology, t) || t.Unfinished != "" {
			out = append(out, t)
		}
	}
	return out
}

// FindPrimary returns the index of the server that takes writes, or that the others follow; -1 when none can be told.
// evidence is how much a server itself shows of feeding replicas, 0 for nothing: it says more than any file.
func FindPrimary(members []replication.Facts, evidence func(replication.Facts) int) int {
	best, score := -1, 0
	for i, f := range members {
		points := 0
		switch {
		case f.Err != nil || f.Replica:
			continue
		case !f.Running:
			points = 1
		default:
			points = 2
		}
		// What a replica in the midst of a chain feeds says nothing: it does so in any case.
		middle := slices.ContainsFunc(members, func(g replication.Facts) bool { return g.Node.Source == f.Node.Key() })
		if shown := evidence(f); !middle || shown < 0 {
			points += shown
		}
		for j, g := range members {
			if i != j && g.Replica && g.Node.Source != f.Node.Key() && FollowsNode(g, f.Node) {
				points += 10
			}
		}
		if points > score {
			best, score = i, points
		}
	}
	if best >= 0 {
		return best
	}
	// Nobody answers as a primary: the one that the replicas follow is it, even when it cannot be reached.
	for i, f := range members {
		for j, g := range members {
			if i != j && f.Err != nil && g.Replica && g.Node.Source != f.Node.Key() && FollowsNode(g, f.Node) {
				return i
			}
		}
	}
	if len(members) > 0 && members[0].Err != nil {
		return 0
	}
	return -1
}

// GroupProblems says what is wrong with the primary of a group; -1 is none.
func GroupProblems(members []replication.Facts, primary int) []string {
	if primary < 0 {
		return []string{"no member takes writes: every server is a replica"}
	}
	p := members[primary]
	switch {
	case p.Err != nil:
		return []string{fmt.Sprintf("the primary cannot be asked: %v", p.Err)}
	case !p.Running:
		return []string{fmt.Sprintf("%s: the primary is down: %s", p.Node.Label, p.Problem)}
	}
	return nil
}

// BegunLeftovers are the runs that the primary's notes know and that did not end.
func BegunLeftovers(target string, notes Notes) []replication.Leftover {
	var out []replication.Leftover
	for _, u := range notes.Begun {
		_, server, _ := strings.Cut(u.Replica, "/")
		out = append(out, replication.Leftover{
			Server: server, What: fmt.Sprintf("%q for %s, begun and not finished", u.Command, u.Replica),
			Fix: fmt.Sprintf("run the same command again, or belt db replicate disable %s --replica %s", target, server),
		})
	}
	return out
}

// Strangers are those that are no members, each once: servers that a member holds something for.
func Strangers(members []replication.Facts, begun []replication.Begun) []replication.Begun {
	var out []replication.Begun
	for _, b := range begun {
		member := slices.ContainsFunc(members, func(f replication.Facts) bool { return f.Node.Key() == b.Replica })
		known := slices.ContainsFunc(out, func(o replication.Begun) bool { return o.Replica == b.Replica })
		if b.Replica != "" && !member && !known {
			out = append(out, b)
		}
	}
	return out
}

// JudgeServer says how a replica is doing as far as its server alone tells. alive is whether the program runs although it
// may not answer. It is false when the primary has to be asked, too.
func JudgeServer(target string, f replication.Facts, notes Notes, alive bool) (replication.Replica, bool) {
	r := replication.Replica{Facts: f}
	resync := ResyncOf(f.Node)
	bad := func(s replication.State, problem, fix string) (replication.Replica, bool) {
		r.State, r.Problem, r.Fix = s, problem, fix
		return r, true
	}
	switch {
	case f.Err != nil:
		return bad(replication.Broken, f.Err.Error(), "")
	case notes.Seeding:
		return bad(replication.Seeding, "", "")
	case notes.Unfinished != nil && notes.Unfinished.Command == commandPromote && !(f.Running && f.Replica):
		return bad(replication.Broken, fmt.Sprintf("%q of %s did not finish", commandPromote, notes.Unfinished.Replica), notes.Unfinished.again(target))
	case notes.Unfinished != nil && !(f.Running && f.Replica):
		return bad(replication.Broken, fmt.Sprintf("%q did not finish there", notes.Unfinished.Command),
			fmt.Sprintf("run the same command again, or belt db replicate disable %s --replica %s", target, f.Node.Server))
	case f.Problem != "" && !f.Running && alive:
		return bad(replication.Broken, "does not answer: "+f.Problem, resync)
	case !f.Running:
		return bad(replication.Stopped, f.Problem, resync)
	case !f.Replica:
		return bad(replication.Diverged, "is not a replica any more: it takes writes of its own", resync)
	}
	return r, false
}
