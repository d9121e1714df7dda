package compare

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/internal/engine/mysql/client"
)

// answers is a Session that has one answer for all that begins with a text.
type answers map[string]string

func (a answers) Ask(_ context.Context, statements ...string) ([]client.Reply, error) {
	replies := make([]client.Reply, len(statements))
	for i, sql := range statements {
		found := false
		for begin, value := range a {
			if strings.HasPrefix(strings.TrimPrefix(sql, "SELECT '=', "), begin) {
				replies[i], found = client.Reply{Rows: [][]string{{value}}}, true
			}
		}
		if !found {
			return nil, fmt.Errorf("unexpected: %s", sql)
		}
	}
	return replies, nil
}

func (a answers) Close() {}

// newPair has a replica that has executed everything, or nothing.
func newPair(mariaDB, lags bool) *pair {
	yes, wait, position := "0", "WAIT_FOR_EXECUTED_GTID_SET", "REPLACE(@@GLOBAL.gtid_executed"
	if mariaDB {
		wait, position = "MASTER_GTID_WAIT", "REPLACE(@@GLOBAL.gtid_binlog_pos"
	}
	if lags {
		yes = map[bool]string{true: "-1", false: "1"}[mariaDB]
	}
	v := version{mariaDB: mariaDB}
	return &pair{
		primary:   &side{name: "db1", version: v, session: answers{position: "0-1-5"}},
		replica:   &side{name: "db2", version: v, session: answers{wait: yes, "(SELECT": "1"}},
		following: true, patience: 10 * time.Millisecond, meter: shared.NewMeter(nil, 0),
	}
}

// shows gives one look after the other to each side, and the last one for ever.
func shows(p *pair, primary, replica []look) func(context.Context, *side) (look, error) {
	var n [2]int
	return func(_ context.Context, s *side) (look, error) {
		all, i := primary, &n[0]
		if s == p.replica {
			all, i = replica, &n[1]
		}
		l := all[min(*i, len(all)-1)]
		*i++
		return l, nil
	}
}

func TestSettle(t *testing.T) {
	row := func(v string) look { return look{"31": v} } // the key 1
	var flutter, counter []look
	for i := range 400 {
		flutter = append(flutter, row(fmt.Sprint("p", i)))
		counter = append(counter, row(fmt.Sprint("r", i)))
	}
	for name, tt := range map[string]struct {
		primary, replica []look
		stopped          bool
		found, skipped   string
		atLeast          time.Duration
	}{
		"equal":                         {primary: []look{row("a")}, replica: []look{row("a")}},
		"differs":                       {primary: []look{row("a")}, replica: []look{row("b")}, found: "row id=1 differs in v", atLeast: confirmTime},
		"missing":                       {primary: []look{row("a")}, replica: []look{{}}, found: "row id=1 is missing on db2", atLeast: confirmTime},
		"extra":                         {primary: []look{{}}, replica: []look{row("a")}, found: "row id=1 is on db2 only", atLeast: confirmTime},
		"there and back, once":          {primary: []look{row("a")}, replica: []look{row("b"), row("a")}},
		"late":                          {primary: []look{row("a"), row("b")}, replica: []look{row("c"), row("b")}},
		"never the same":                {primary: flutter, replica: counter, skipped: "zoo.t: row id=1 changes faster than it can be compared"},
		"differs, and does not follow":  {primary: []look{row("a")}, replica: []look{row("b")}, stopped: true, found: "row id=1 differs in v"},
		"another one is none of theirs": {primary: []look{row("a"), row("a"), {"31": "a", "32": "x"}}, replica: []look{row("b"), {"31": "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(true, false)
			p.following = !tt.stopped
			id := column{name: "id", kind: "int"}
			tab := &table{schema: "zoo", name: "t", columns: []column{id, {name: "v", kind: "int"}}, index: "PRIMARY", key: []column{id}}
			begun := time.Now()
			p.primary.session, p.replica.session = columnsOf{p.primary.session, "1"}, columnsOf{p.replica.session, "2"}
			if err := p.settle(t.Context(), tab, shows(p, tt.primary, tt.replica)); err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, d := range tab.differences("db2") {
				found = append(found, d.Detail)
			}
			if got := strings.Join(found, "; "); got != tt.found {
				t.Errorf("found %q, want %q", got, tt.found)
			}
			if got := strings.Join(tab.found.skipped, "; "); got != tt.skipped {
				t.Errorf("skipped %q, want %q", got, tt.skipped)
			}
			if took := time.Since(begun); took < tt.atLeast {
				t.Errorf("it counted after %s", took)
			}
		})
	}
}

// columnsOf answers for the columns of a row: the key is the same on both servers, the rest is not.
type columnsOf struct {
	Session
	value string
}

func (c columnsOf) Ask(ctx context.Context, statements ...string) ([]client.Reply, error) {
	if strings.Contains(statements[0], "SHA2(") {
		return []client.Reply{{Rows: [][]string{{"id", c.value}}}}, nil
	}
	return c.Session.Ask(ctx, statements...)
}

func TestLag(t *testing.T) {
	for _, mariaDB := range []bool{true, false} {
		p := newPair(mariaDB, true)
		if err := p.wait(t.Context()); !errors.Is(err, ErrLag) || !strings.Contains(err.Error(), "db2: did not execute 0-1-5") {
			t.Errorf("MariaDB %v: %v", mariaDB, err)
		}
		p = newPair(mariaDB, false)
		if err := p.wait(t.Context()); err != nil {
			t.Errorf("MariaDB %v: %v", mariaDB, err)
		}
		p = newPair(mariaDB, true)
		p.replica.session.(answers)["(SELECT"] = "0"
		if err := p.wait(t.Context()); err == nil || !strings.Contains(err.Error(), "stopped replicating") {
			t.Errorf("MariaDB %v: %v", mariaDB, err)
		}
	}
}
