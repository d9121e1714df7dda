package compare

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/engine/postgresql/psql"
)

// heap is a Session over a table of blocks, of one row each: the row's hash, or what reading the block says.
type heap struct {
	blocks   []string
	file     string
	trips    int
	digested [][2]int64
}

func (h *heap) Close() {}

var (
	series = regexp.MustCompile(`generate_series\((\d+)::bigint, (\d+), (\d+)\)`)
	each   = regexp.MustCompile(`unnest\('\{([0-9,]+)\}'::bigint\[\]\)`)
	wide   = regexp.MustCompile(`generate_series\(f, f \+ (\d+)\)`)
)

func (h *heap) Ask(_ context.Context, statements ...string) ([]psql.Reply, error) {
	h.trips++
	out := make([]psql.Reply, len(statements))
	for i, sql := range statements {
		out[i] = h.answer(sql)
	}
	return out, nil
}

func (h *heap) answer(sql string) psql.Reply {
	number := func(s string) int64 { n, _ := strconv.ParseInt(s, 10, 64); return n }
	var rows [][]string
	if found := series.FindStringSubmatch(sql); found != nil {
		first, last, step := number(found[1]), number(found[2]), number(found[3])
		h.digested = append(h.digested, [2]int64{first, last + 1})
		for b := first; b <= last; b += step {
			line, err := h.digest(b, min(b+step, int64(len(h.blocks))))
			if err != nil {
				return psql.Reply{Err: err}
			}
			rows = append(rows, line)
		}
		return psql.Reply{Rows: rows}
	}
	if found := each.FindStringSubmatch(sql); found != nil {
		step := int64(1)
		if width := wide.FindStringSubmatch(sql); width != nil {
			step += number(width[1])
		}
		for _, first := range strings.Split(found[1], ",") {
			for b := number(first); b < number(first)+step && b < int64(len(h.blocks)); b++ {
				if strings.Contains(sql, "AS m,") {
					rows = append(rows, []string{h.file, fmt.Sprint(b), fmt.Sprintf("(%d,1)", b), "100", "0", h.blocks[b]})
					continue
				}
				line, err := h.digest(b, b+1)
				if err != nil {
					return psql.Reply{Err: err}
				}
				rows = append(rows, line)
			}
		}
		return psql.Reply{Rows: rows}
	}
	s := scripted{looks: []look{{}}, nth: 1}
	return psql.Reply{Rows: s.answer(sql)}
}

func (h *heap) digest(first, end int64) ([]string, error) {
	sum := 0
	for _, block := range h.blocks[first:end] {
		if text, broken := strings.CutPrefix(block, "!"); broken {
			return nil, &psql.Error{Server: "db2", State: "XX001", Message: text}
		}
		hash, _ := strconv.Atoi(block)
		sum += hash
	}
	return []string{h.file, fmt.Sprint(first), fmt.Sprint(end - first), fmt.Sprint(sum), "0"}, nil
}

func manyBlocks(n int) *heap {
	h := &heap{file: "1"}
	for i := range n {
		h.blocks = append(h.blocks, fmt.Sprint(1000+i))
	}
	return h
}

func TestScan(t *testing.T) {
	tests := map[string]struct {
		change func(replica *heap)
		want   []string
		rows   int64
		again  bool
	}{
		"equal": {change: func(*heap) {}, rows: 5000},
		"rows in two chunks": {
			change: func(h *heap) { h.blocks[17], h.blocks[4999] = "1", "2" }, rows: 5000,
			want: []string{"row at (17,1) differs", "row at (4999,1) differs"},
		},
		"a block that cannot be read": { // 4096 blocks are compared in the chunks around it, and 904 after it
			change: func(h *heap) { h.blocks[2100] = "!invalid page in block 2100" }, rows: 4999,
			want: []string{"block 2100 cannot be read on db2: invalid page in block 2100"},
		},
		"rewritten": {change: func(h *heap) { h.file = "2" }, again: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			primary, replica := manyBlocks(5000), manyBlocks(5000)
			test.change(replica)
			p := testPair(primary, replica)
			rel := testRelation()
			rel.blocks, rel.bytes = 5000, 5000*8192
			p.meter.Expect(rel.bytes)
			again, err := p.scan(t.Context(), []*relation{rel})
			if err != nil {
				t.Fatal(err)
			}
			if (len(again) == 1) != test.again {
				t.Errorf("to be compared again: %v", again)
			}
			if test.again {
				return
			}
			var got []string
			for _, d := range rel.found.differences(rel, "", nil) {
				got = append(got, d.Detail)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if rel.found.rows != test.rows {
				t.Errorf("%d rows compared, want %d", rel.found.rows, test.rows)
			}
			if p.meter.Done() != rel.bytes {
				t.Errorf("%d of %d bytes done", p.meter.Done(), rel.bytes)
			}
		})
	}
}

// TestFewRoundTrips holds that small tables share round trips, and that no chunk is larger than asked for.
func TestFewRoundTrips(t *testing.T) {
	primary, replica := manyBlocks(3), manyBlocks(3)
	p := testPair(primary, replica)
	var rels []*relation
	for range 500 {
		rel := testRelation()
		rel.blocks, rel.bytes = 3, 3*8192
		rels = append(rels, rel)
	}
	if _, err := p.scan(t.Context(), rels); err != nil {
		t.Fatal(err)
	}
	if primary.trips != 8 || replica.trips != 8 {
		t.Errorf("500 small tables took %d and %d round trips, want 8", primary.trips, replica.trips)
	}
}

func TestPieces(t *testing.T) {
	tests := map[string]struct {
		blocks, perBlock, chunk int64
		want                    [][3]int64 // first, end, step
	}{
		"empty":                     {0, 8192, 1 << 20, nil},
		"one block":                 {1, 8192, 1 << 20, [][3]int64{{0, 1, 1}}},
		"several chunks":            {300, 8192, 1 << 20, [][3]int64{{0, 128, 16}, {128, 256, 16}, {256, 300, 16}}},
		"much TOAST":                {5, 1 << 20, 2 << 20, [][3]int64{{0, 2, 2}, {2, 4, 2}, {4, 5, 2}}},
		"more TOAST than a chunk":   {2, 8 << 20, 2 << 20, [][3]int64{{0, 1, 1}, {1, 2, 1}}},
		"chunk that is no multiple": {50, 8192, 20 * 8192, [][3]int64{{0, 16, 16}, {16, 32, 16}, {32, 48, 16}, {48, 50, 16}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &pair{chunkBytes: test.chunk}
			var got [][3]int64
			for _, item := range p.pieces(&relation{blocks: test.blocks, perBlock: test.perBlock}) {
				got = append(got, [3]int64{item.first, item.end, item.step})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
