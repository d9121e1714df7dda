package backup

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func of(days ...int) (all []Manifest) {
	for _, d := range days {
		at := now().AddDate(0, 0, -d)
		all = append(all, Manifest{ID: NewID(at), Started: at})
	}
	return all
}

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func TestExpired(t *testing.T) {
	for name, tt := range map[string]struct {
		all        []Manifest
		keep, days int
		want       []Manifest
	}{
		"no limit":                  {of(400, 2, 1), 0, 0, nil},
		"by number":                 {of(1, 3, 2, 4), 2, 0, of(4, 3)},
		"by age":                    {of(1, 30, 31), 0, 30, of(31)},
		"by both":                   {of(1, 2, 40), 2, 30, of(40)},
		"the newest is always kept": {of(100, 200), 0, 30, of(200)},
		"none":                      {nil, 1, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, Expired(tt.all, tt.keep, tt.days, now())); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFind(t *testing.T) {
	all := of(3, 1, 2)
	if m, err := Find(all, ""); err != nil || m.ID != NewID(now().AddDate(0, 0, -1)) {
		t.Errorf("%v, %v", m.ID, err)
	}
	if m, err := Find(all, all[0].ID); err != nil || m.ID != all[0].ID {
		t.Errorf("%v, %v", m.ID, err)
	}
	if _, err := Find(all, "20200101t000000z"); err == nil {
		t.Error("found one that is not there")
	}
	if _, err := Find(nil, ""); err == nil {
		t.Error("found one of none")
	}
}

func TestIDs(t *testing.T) {
	if at, ok := ParseID(NewID(now())); !ok || !at.Equal(now()) {
		t.Errorf("%v, %v", at, ok)
	}
	for _, bad := range []string{"", "..", "20260101", "x"} {
		if _, ok := ParseID(bad); ok {
			t.Errorf("%q is taken for a backup", bad)
		}
	}
}
