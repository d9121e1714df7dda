package postgresql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestLag(t *testing.T) {
	const now = 1000.0
	cases := map[string]struct {
		there, here    string
		stamp          float64
		sender         string
		state          replication.State
		bytes          int64
		seconds        float64
		paused, broken bool
	}{
		"in step":                {there: "0/5000000", here: "0/5000000", stamp: now - 500, state: replication.Streaming},
		"a moment behind":        {there: "0/5000100", here: "0/5000000", stamp: now - 2, state: replication.Streaming, bytes: 256, seconds: 2},
		"far behind":             {there: "1/0", here: "0/5000000", stamp: now - 60, state: replication.CatchingUp, bytes: 1<<32 - 0x5000000, seconds: 60},
		"asked a moment later":   {there: "0/5000000", here: "0/5000100", stamp: now, state: replication.Streaming},
		"catching up":            {there: "0/5000100", here: "0/5000000", stamp: now - 1, sender: "catchup", state: replication.CatchingUp, bytes: 256, seconds: 1},
		"catching up, in step":   {there: "0/5000000", here: "0/5000000", stamp: now, sender: "catchup", state: replication.Streaming},
		"no commit was replayed": {there: "0/5000100", here: "0/5000000", state: replication.Streaming, bytes: 256},
		"the replica's clock":    {there: "0/5000100", here: "0/5000000", stamp: now + 5, state: replication.Streaming, bytes: 256},
		"paused":                 {there: "0/5000100", here: "0/5000000", stamp: now - 9, paused: true, state: replication.CatchingUp, bytes: 256, seconds: 9},
	}
	for name, c := range cases {
		members := pair(t, 15, "healthy")
		p, r := nativeOf(members[0]), nativeOf(members[1])
		p.LSN, p.Now, r.LSN, r.ReplayStamp, r.ReplayPaused = c.there, now, c.here, c.stamp, c.paused
		if c.sender != "" {
			p.Senders[0].State = c.sender
		}
		got := New().Topology("shop/postgresql", members).Replicas[0]
		if got.State != c.state || got.LagBytes == nil || *got.LagBytes != c.bytes || got.LagSeconds == nil || *got.LagSeconds != c.seconds {
			t.Errorf("%s: %s, %v bytes, %v s", name, got.State, *got.LagBytes, *got.LagSeconds)
		}
	}
}

func TestJudgement(t *testing.T) {
	cases := map[string]struct {
		change  func(p, r *replication.Facts)
		state   replication.State
		problem string
	}{
		"another system":        {func(_, r *replication.Facts) { r.Identity = "1" }, replication.Diverged, "system identifier 1, not"},
		"a timeline of its own": {func(_, r *replication.Facts) { nativeOf(*r).Timeline = 2 }, replication.Diverged, "timeline 2, the primary on 1"},
		"follows somebody else": {func(p, r *replication.Facts) { r.Follows = "10.0.0.99:5432"; nativeOf(*p).Senders = nil }, replication.Broken, "it follows 10.0.0.99:5432, not db1"},
		"not connected": {func(p, r *replication.Facts) { nativeOf(*r).Receiver, nativeOf(*p).Senders = nil, nil },
			replication.Broken, "not connected"},
		"without a role": {func(p, r *replication.Facts) {
			nativeOf(*r).Receiver, nativeOf(*p).Senders, nativeOf(*p).Roles = nil, nil, nil
		}, replication.Broken, "db1 has no role belt_shop_db2"},
		"without a slot": {func(p, r *replication.Facts) {
			nativeOf(*r).Receiver, nativeOf(*p).Senders, nativeOf(*p).Slots = nil, nil, nil
		}, replication.Broken, "db1 has no slot belt_shop_db2"},
		"does not answer": {func(_, r *replication.Facts) {
			r.Running, nativeOf(*r).Alive, r.Problem = false, true, "FATAL:  the database system is starting up"
		},
			replication.Broken, "does not answer"},
	}
	for name, c := range cases {
		members := pair(t, 15, "healthy")
		c.change(&members[0], &members[1])
		got := New().Topology("shop/postgresql", members).Replicas[0]
		if got.State != c.state || !strings.Contains(got.Problem, c.problem) {
			t.Errorf("%s: %s, %q", name, got.State, got.Problem)
		}
		if !got.State.Healthy() && strings.Contains(name, "connect") && (got.LagBytes != nil || got.LagSeconds != nil) {
			t.Errorf("%s: a lag of %v", name, *got.LagBytes)
		}
	}
}
