package journal

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	begun := func(id string, min int) Entry {
		return Entry{ID: id, Kind: Start, Time: noon.Add(time.Duration(min) * time.Minute), Who: "kim", Command: "db promote", Servers: []string{"db1", "db2"}}
	}
	ended := func(id string, min, code int, outcome string) Entry {
		return Entry{ID: id, Kind: End, Time: noon.Add(time.Duration(min) * time.Minute), ExitCode: code, Outcome: outcome, Seconds: 60}
	}
	db1 := []Entry{ended("rotated", -8, 0, "done"), begun("a", 0), ended("a", 1, 0, "done"), begun("b", 5), begun("c", 6), begun("d", 7)}
	db2 := []Entry{begun("a", 0), ended("a", 1, 0, "done"), begun("b", 5), ended("b", 6, 1, "rolled back"), begun("d", 7)}

	got := Merge([][]Entry{db1, db2, nil}, "d")
	type short struct {
		ID, Outcome string
		Finished    bool
		Code        int
	}
	var brief []short
	for _, r := range got {
		brief = append(brief, short{r.ID, r.Outcome, r.Finished, r.ExitCode})
	}
	want := []short{
		{"rotated", "done", true, 0},
		{"a", "done", true, 0},
		{"b", "rolled back", true, 1}, // its end reached db2 alone
		{"c", OutcomeUnfinished, false, 0},
		{"d", OutcomeRunning, false, 0},
	}
	if diff := cmp.Diff(want, brief); diff != "" {
		t.Error(diff)
	}
	if r := got[1]; r.Who != "kim" || !r.Started.Equal(noon) || !r.Ended.Equal(noon.Add(time.Minute)) || len(r.Servers) != 2 {
		t.Errorf("%+v", r)
	}
}
