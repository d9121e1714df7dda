package mysql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

// channelOfReplica changes what the captured healthy replica says of its connection.
func judged(t *testing.T, change func(p, r *native)) replication.Replica {
	t.Helper()
	facts := pair(t, mariaDB, "mariadb-10.11", "healthy", "glance")
	change(nativeOf(facts[0]), nativeOf(facts[1]))
	top := MariaDB().Topology("shop/mariadb", facts)
	if len(top.Replicas) != 1 {
		t.Fatalf("%+v", top)
	}
	return top.Replicas[0]
}

func TestReplicasAreJudged(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(p, r *native)
		state   replication.State
		problem string
		lag     bool
	}{
		"purged": {func(_, r *native) {
			r.Channels[0].Reading, r.Channels[0].ReadErrno, r.Channels[0].ReadError = "No", 1236, "Could not find GTID state requested by slave"
		}, replication.Broken, "no longer has the binary logs", false},
		"other data": {func(_, r *native) {
			r.Channels[0].Applying, r.Channels[0].ApplyErrno, r.Channels[0].ApplyError = "No", 1062, "Duplicate entry '4'"
		}, replication.Broken, "error 1062", false},
		"wrong password": {func(_, r *native) {
			r.Channels[0].Reading, r.Channels[0].ReadErrno, r.Channels[0].ReadError = "Connecting", 1045, "Access denied"
		}, replication.Broken, "error 1045", false},
		"connecting": {func(_, r *native) { r.Channels[0].Reading = "Connecting" }, replication.CatchingUp, "connecting", false},
		"writable":   {func(_, r *native) { r.ReadOnly = false }, replication.Broken, "read_only is off", true},
		"slow":       {func(_, r *native) { r.Channels[0].Behind, r.Channels[0].ExecPosition = "40", 4 }, replication.CatchingUp, "", true},
		"two sources": {func(_, r *native) {
			r.Channels = append(r.Channels, channel{Name: "other", Host: "10.0.0.99", Port: "3306", Reading: "Yes", Applying: "Yes"})
		}, replication.Broken, "2 connections", true},
		"its account is gone": {func(p, r *native) {
			p.Accounts = nil
			r.Channels[0].Reading, r.Channels[0].ReadErrno, r.Channels[0].ReadError = "Connecting", 1045, "Access denied"
		}, replication.Broken, "db1 has no account belt_shop_db2", false},
	} {
		r := judged(t, c.change)
		if r.State != c.state || !strings.Contains(r.Problem, c.problem) {
			t.Errorf("%s: %s, %q", name, r.State, r.Problem)
		}
		if r.State != replication.CatchingUp && r.LagBytes != nil || r.State == replication.CatchingUp && c.lag != (r.LagBytes != nil) {
			t.Errorf("%s: lag %v", name, r.LagBytes)
		}
	}
}

// Sessions that were open when Belt changed the primary's server id go on under the old one, and the primary is asked a
// moment before its replica.
func TestThePrimarysFormerServerIDIsNotForeign(t *testing.T) {
	for _, c := range []struct {
		replicaID uint32
		state     replication.State
	}{{2, replication.Streaming}, {1, replication.Diverged}} {
		r := judged(t, func(p, r *native) {
			p.Notes.Saved = `{"server_id": {"was": "1", "to": "77"}}`
			p.ServerID, r.ServerID = 77, c.replicaID
			p.BinlogState, r.BinlogState = "0-1-50,0-77-49", "0-1-52,0-77-51"
		})
		if r.State != c.state {
			t.Errorf("a replica with server id %d: %s, %q", c.replicaID, r.State, r.Problem)
		}
	}
}

func TestFollowsAnother(t *testing.T) {
	facts := pair(t, mariaDB, "mariadb-10.11", "healthy", "glance")
	facts[1].Follows = "10.0.0.99:3306"
	r := MariaDB().Topology("shop/mariadb", facts).Replicas[0]
	if r.State != replication.Broken || !strings.Contains(r.Problem, "10.0.0.99") || r.LagBytes != nil {
		t.Errorf("%s %q, lag %v", r.State, r.Problem, r.LagBytes)
	}
}

func TestLagIsCountedOverLogs(t *testing.T) {
	p := &native{File: "b.3", Position: 300, Logs: []binlog{{"b.1", 1000}, {"b.2", 2000}, {"b.3", 250}}}
	for _, c := range []struct {
		file string
		at   int64
		lag  int64
		ok   bool
	}{
		{"b.3", 300, 0, true},
		{"b.3", 100, 200, true},
		{"b.1", 400, 600 + 2000 + 300, true},
		{"b.4", 10, 0, true}, // it went on to a new log a moment ago
		{"a.9", 4, 0, false}, // purged
	} {
		lag, ok := behind(p, channel{ExecFile: c.file, ExecPosition: c.at})
		if lag != c.lag || ok != c.ok {
			t.Errorf("%s %d: %d, %v", c.file, c.at, lag, ok)
		}
	}
}

func TestLeftovers(t *testing.T) {
	facts := pair(t, mariaDB, "mariadb-10.11", "fresh", "glance")
	n := nativeOf(facts[0])
	n.Accounts = []account{{"belt_shop_db9", "10.0.0.29"}}
	top := MariaDB().Topology("shop/mariadb", facts)
	if len(top.Leftovers) != 1 || !strings.Contains(top.Leftovers[0].What, "belt_shop_db9") || !strings.Contains(top.Leftovers[0].Fix, "db replicate disable shop/mariadb") {
		t.Errorf("%+v", top.Leftovers)
	}
	if len(top.Standalone) != 1 || len(top.Replicas) != 0 {
		t.Errorf("%+v", top)
	}
}
