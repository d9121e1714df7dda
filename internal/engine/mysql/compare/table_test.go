package compare

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mysql/client"
)

// refusing is a Session that refuses everything in one way.
type refusing struct{ err error }

func (r refusing) Ask(_ context.Context, statements ...string) ([]client.Reply, error) {
	if number(r.err) == 0 {
		return nil, r.err
	}
	replies := make([]client.Reply, len(statements))
	for i := range replies {
		replies[i].Err = r.err
	}
	return replies, nil
}

func (refusing) Close() {}

// empty is a Session of a server whose tables have no rows.
type empty struct{}

func (empty) Ask(_ context.Context, statements ...string) ([]client.Reply, error) {
	replies := make([]client.Reply, len(statements))
	for i := range replies {
		replies[i].Rows = [][]string{{"0", "0", "0", "0"}}
	}
	return replies, nil
}

func (empty) Close() {}

// TestUnreadable tells a table that cannot be read, which is a difference, from one that was altered and from servers that
// do not answer.
func TestUnreadable(t *testing.T) {
	for name, tt := range map[string]struct {
		err         error
		last, again bool
		fails       bool
		says        string
	}{
		"crashed":                             {err: &client.Error{Server: "db1", Number: 1194, Message: "Table 't' is marked as crashed"}, says: "it cannot be read on db1: db1: Table 't' is marked as crashed (error 1194)"},
		"dropped meanwhile":                   {err: &client.Error{Number: 1146}, again: true},
		"dropped again and again":             {err: &client.Error{Server: "db1", Number: 1146, Message: "no table"}, last: true, says: "it cannot be read on db1"},
		"locked for longer than the patience": {err: &client.Error{Number: 1205}, fails: true},
		"no connection any more":              {err: errors.New("connection lost"), fails: true},
	} {
		for _, keyed := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				p := newPair(true, false)
				p.patience, p.primary.patience, p.replica.patience = 0, 0, 0
				p.primary.session, p.replica.session = refusing{tt.err}, empty{}
				tables := [2]*table{}
				for i := range tables {
					tables[i] = &table{schema: "zoo", name: "t", columns: []column{{name: "id", kind: "int"}}}
					if keyed {
						tables[i].index, tables[i].key = "PRIMARY", tables[i].columns
					}
				}
				done, err := p.table(t.Context(), tables[0], tables[1], tt.last)
				if (err != nil) != tt.fails {
					t.Fatalf("got %v", err)
				}
				if err != nil {
					return
				}
				if (done == nil) != tt.again {
					t.Fatalf("done: %v", done)
				}
				if done != nil && !strings.HasPrefix(done.differences("db2")[0].Detail, tt.says) {
					t.Errorf("got %v", done.differences("db2"))
				}
			})
		}
	}
}

func TestOneSideOnly(t *testing.T) {
	p := newPair(true, false)
	here := &table{schema: "zoo", name: "t"}
	if done, err := p.table(t.Context(), here, nil, false); done != nil || err != nil {
		t.Errorf("it may be new, and was judged at once: %v", err)
	}
	for _, tt := range []struct {
		here, there *table
		says        string
	}{
		{here, nil, "the table itself is missing on db2"},
		{nil, here, "the table itself is on db2 only"},
		{&table{schema: "zoo", name: "t", shape: "a int"}, &table{schema: "zoo", name: "t", shape: "a int, b int"}, "its columns are (a int) on db1 and (a int, b int) on db2: its rows were not compared"},
	} {
		for _, x := range []*table{tt.here, tt.there} {
			if x != nil {
				x.found = findings{}
			}
		}
		done, err := p.table(t.Context(), tt.here, tt.there, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := done.differences("db2"); len(got) != 1 || got[0].Detail != tt.says {
			t.Errorf("got %v, want %s", got, tt.says)
		}
	}
}
