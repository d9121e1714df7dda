package compare

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/internal/engine/postgresql/psql"
)

// scripted is a Session that shows one look after the other, and the last one for ever.
type scripted struct {
	looks   []look
	file    func(nth int) string // of the table; "1" by default
	nth     int
	over    map[string]bool // transactions that have ended
	waiting string          // backends that wait for synchronous replication
	behind  int             // how often the replica has not yet replayed what it is asked for
	refuse  []*psql.Error   // what it answers instead, once each
	asked   []string
}

func (s *scripted) Close() {}

func (s *scripted) Ask(_ context.Context, statements ...string) ([]psql.Reply, error) {
	var out []psql.Reply
	for _, sql := range statements {
		s.asked = append(s.asked, sql)
		if len(s.refuse) > 0 {
			out = append(out, psql.Reply{Err: s.refuse[0]})
			s.refuse = s.refuse[1:]
			continue
		}
		out = append(out, psql.Reply{Rows: s.answer(sql)})
	}
	return out, nil
}

func (s *scripted) answer(sql string) [][]string {
	switch {
	case strings.Contains(sql, "AS m,"):
		return s.show()
	case strings.Contains(sql, insertPosition):
		return [][]string{{"0/3000148"}}
	case strings.Contains(sql, "pg_last_wal_replay_lsn"):
		s.behind--
		return [][]string{{"true", fmt.Sprint(s.behind < 0), "0/3000100"}}
	case strings.Contains(sql, "pg_xact_status"):
		var rows [][]string
		for xid := range s.over {
			if strings.Contains(sql, xid) {
				rows = append(rows, []string{xid})
			}
		}
		return rows
	case strings.Contains(sql, "SyncRep"):
		return [][]string{{s.waiting}}
	case strings.Contains(sql, "attname"):
		return [][]string{{"id", "1"}, {"v", "0"}}
	case strings.Contains(sql, "::tid[]"): // names: the row's id is its place
		var rows [][]string
		for id, row := range s.looks[min(s.nth, len(s.looks))-1] {
			if strings.Contains(sql, `"`+id.ctid+`"`) {
				rows = append(rows, []string{id.ctid, id.xmin, `("` + id.ctid + `")`, "{7," + row.hash + "}"})
			}
		}
		return rows
	}
	panic("asked " + sql)
}

func (s *scripted) show() [][]string {
	file := "1"
	if s.file != nil {
		file = s.file(s.nth)
	}
	rows := [][]string{{file, "0", "", "", "", ""}}
	for id, row := range s.looks[min(s.nth, len(s.looks)-1)] {
		rows = append(rows, []string{file, fmt.Sprint(row.block), id.ctid, id.xmin, row.xmax, row.hash})
	}
	s.nth++
	return rows
}

func testPair(primary, replica Session) *pair {
	const patience = 200 * time.Millisecond
	return &pair{
		primary:   &side{name: "db1", session: primary, version: 150000, patience: patience},
		replica:   &side{name: "db2", session: replica, version: 150000, patience: patience},
		following: true, patience: patience, chunkBytes: defaultChunk, blockSize: 8192, walBlock: 8192, walSegment: 16 << 20,
		database: "postgres", known: map[string]relation{}, meter: shared.NewMeter(nil, 0), skip: func(string, string) {},
	}
}

func testRelation() *relation {
	return &relation{oid: 20000, kind: "r", schema: "public", name: "orders", perBlock: 8192, found: &findings{primary: "db1", replica: "db2"}}
}

func TestSettle(t *testing.T) {
	a, b := row("11", "0"), row("22", "0")
	tests := map[string]struct {
		primary, replica *scripted
		alone            bool // the replica does not follow
		want             []string
		fails            string
	}{
		"a value that differs": {
			primary: &scripted{looks: []look{{r1: a}}}, replica: &scripted{looks: []look{{r1: b}}},
			want: []string{"row id='(0,1)' differs in v"},
		},
		"a row that is missing": {
			primary: &scripted{looks: []look{{r1: a}}}, replica: &scripted{looks: []look{{}}},
			want: []string{"row id='(0,1)' is missing on db2"},
		},
		"a row too many": {
			primary: &scripted{looks: []look{{}}, over: map[string]bool{"200": true}}, replica: &scripted{looks: []look{{r2: b}}},
			want: []string{"row id='(0,2)' is on db2 only"},
		},
		"the replica is late": {
			primary: &scripted{looks: []look{{r1: a}}}, replica: &scripted{looks: []look{{r1: a}}, behind: 3},
		},
		"the replica does not come": {
			primary: &scripted{looks: []look{{r1: a}}}, replica: &scripted{looks: []look{{}}, behind: 1 << 20},
			fails: "db2: did not replay up to 0/3000148 within 200ms, it is at 0/3000100",
		},
		"an update under way": {
			primary: &scripted{looks: []look{{r1: a}, {r2: b}}}, replica: &scripted{looks: []look{{}, {r2: b}}},
		},
		"a row that never stands still": {
			primary: &scripted{looks: []look{{r1: a}, {r2: a}, {r1: a}, {r2: a}, {r1: a}, {r2: a}, {r1: a}, {r2: a}, {r1: a}, {r2: a}}},
			replica: &scripted{looks: []look{{}}},
		},
		"a row that never stands still, and always differs": {
			primary: &scripted{looks: []look{{r1: a}, {r2: a}, {r1: a}, {r2: a}, {r1: a}, {r2: a}, {r1: a}, {r2: a}}},
			replica: &scripted{looks: []look{{r1: b}}},
			want:    []string{"row id='(0,1)' differs"}, // by then the primary has another version
		},
		"a commit that waits for another standby, and then ends": {
			primary: &scripted{looks: []look{{}, {}, {}, {}, {r2: b}}, waiting: "1"}, replica: &scripted{looks: []look{{r2: b}}},
		},
		"a commit that waits for another standby for ever": {
			primary: &scripted{looks: []look{{}}, waiting: "1"}, replica: &scripted{looks: []look{{r2: b}}},
			fails: "db1: rows of public.orders belong to a transaction that waits for synchronous replication for more than 200ms (200)",
		},
		"a missing row under a lock that nobody can explain": {
			primary: &scripted{looks: []look{{r1: row("11", "4000000000")}}, waiting: "0"}, replica: &scripted{looks: []look{{}}},
			want: []string{"row id='(0,1)' is missing on db2"},
		},
		"cancelled by the replay": {
			primary: &scripted{looks: []look{{r1: a}}},
			replica: &scripted{looks: []look{{r1: a}}, refuse: []*psql.Error{{State: "40001"}, {State: "40P01"}}},
		},
		"rewritten meanwhile": {
			primary: &scripted{looks: []look{{r1: a}}, file: func(nth int) string { return fmt.Sprint(nth) }},
			replica: &scripted{looks: []look{{}}, file: func(int) string { return "0" }},
			fails:   errMoved.Error(),
		},
		"a replica of its own": {
			alone:   true,
			primary: &scripted{looks: []look{{r1: a}}}, replica: &scripted{looks: []look{{again: b}}},
			want: []string{"row id='(0,1)' differs in v"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testPair(test.primary, test.replica)
			p.following = !test.alone
			rel := testRelation()
			err := p.settle(t.Context(), rel, []int64{0})
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("error %v, want %s", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range rel.found.differences(rel, "", nil) {
				got = append(got, d.Detail)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLagIsKnown(t *testing.T) {
	p := testPair(&scripted{}, &scripted{behind: 1 << 20})
	err := p.catchUp(t.Context(), "0/3000148")
	if !errors.Is(err, ErrLag) {
		t.Errorf("error %v", err)
	}
}

func TestEndOfRecord(t *testing.T) {
	p := testPair(nil, nil)
	for position, want := range map[string]string{
		"0/3000148": "0/3000148", // within a page
		"0/3000028": "0/3000000", // the first record of a segment
		"0/3002018": "0/3002000", // the first record of another page
		"1/28":      "1/0",
	} {
		if got := p.endOfRecord(position); got != want {
			t.Errorf("%s: got %s, want %s", position, got, want)
		}
	}
}
