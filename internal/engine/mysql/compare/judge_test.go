package compare

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	shared "github.com/dbbelt/belt/internal/compare"
)

func TestJudge(t *testing.T) {
	for name, tt := range map[string]struct {
		before, replica, after look
		among                  map[string]bool
		want                   []judgement
	}{
		"equal":             {look{"1": "a"}, look{"1": "a"}, look{"1": "a"}, nil, nil},
		"differs":           {look{"1": "a"}, look{"1": "b"}, look{"1": "a"}, nil, []judgement{{"1", shared.Differs, false}}},
		"missing":           {look{"1": "a"}, look{}, look{"1": "a"}, nil, []judgement{{"1", shared.Missing, false}}},
		"extra":             {look{}, look{"1": "a"}, look{}, nil, []judgement{{"1", shared.Extra, false}}},
		"not yet there":     {look{"1": "a"}, look{"1": "a"}, look{"1": "b"}, nil, nil},
		"there already":     {look{"1": "a"}, look{"1": "b"}, look{"1": "b"}, nil, nil},
		"changed twice":     {look{"1": "a"}, look{"1": "b"}, look{"1": "c"}, nil, []judgement{{"1", shared.Differs, true}}},
		"came":              {look{}, look{"1": "a"}, look{"1": "a"}, nil, nil},
		"went":              {look{"1": "a"}, look{}, look{}, nil, nil},
		"came late":         {look{}, look{}, look{"1": "a"}, nil, nil},
		"went and is there": {look{"1": "a"}, look{"1": "b"}, look{}, nil, []judgement{{"1", shared.Differs, true}}},
		"of no interest":    {look{"1": "a"}, look{}, look{"1": "a"}, map[string]bool{"2": true}, nil},
		"in order": {look{"3": "a", "1": "a", "2": "a"}, look{}, look{"3": "a", "1": "a", "2": "a"}, nil,
			[]judgement{{"1", shared.Missing, false}, {"2", shared.Missing, false}, {"3", shared.Missing, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := judge(tt.before, tt.replica, tt.after, tt.among)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(judgement{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}
