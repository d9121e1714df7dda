package ops

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/pkg/replication"
)

func TestStale(t *testing.T) {
	for name, change := range map[string]func(*replication.Facts){
		"the server":   func(f *replication.Facts) { f.Err = errors.New("gone") },
		"running":      func(f *replication.Facts) { f.Running = false },
		"writable":     func(f *replication.Facts) { f.Writable = true },
		"replica":      func(f *replication.Facts) { f.Replica = true },
		"version":      func(f *replication.Facts) { f.Version = "17.1" },
		"follows":      func(f *replication.Facts) { f.Follows = "10.0.0.99:5432" },
		"identity":     func(f *replication.Facts) { f.Identity = "another" },
		"installed":    func(f *replication.Facts) { f.Installed = false },
		"not position": func(f *replication.Facts) { f.Position = "0/9" },
	} {
		s := given(t, shop)
		s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica}
		s.facts["shop/db3"] = replication.Facts{Installed: true, Running: true, Version: "15.4"}
		s.now = func(key string, f replication.Facts, asked int) replication.Facts {
			if key == "shop/db3" && asked > 1 {
				change(&f)
			}
			return f
		}
		_, err := Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db3"}})
		var refused *Refused
		if name == "not position" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if text, _ := os.ReadFile(s.Inventory.Path); string(text) != shop {
			t.Errorf("%s: belt.yaml was changed", name)
		}
	}
}

// What a killed run had begun goes on for a moment: the plan is made when that is over.
func TestSettles(t *testing.T) {
	for _, test := range []struct {
		name, unfinished string
		stale            bool
	}{
		{"after a run that died", "db replicate enable", false},
		{"else", "", true},
	} {
		s := given(t, shop)
		s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica}
		s.facts["shop/db3"] = replication.Facts{Installed: true, Version: "15.4", Unfinished: test.unfinished}
		s.now = func(key string, f replication.Facts, asked int) replication.Facts {
			if key == "shop/db3" {
				f.Running = asked > 1
			}
			return f
		}
		_, err := Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db3"}})
		if stale := err != nil && strings.Contains(err.Error(), "no longer as they were"); stale != test.stale {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestHeld(t *testing.T) {
	s := given(t, shop)
	s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica}
	s.held = &lock.HeldError{Server: "db1"}
	_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db1"}})
	var held *lock.HeldError
	if !errors.As(err, &held) {
		t.Errorf("%v", err)
	}
	unfinished := primary
	unfinished.Unfinished = "db replicate enable"
	s.facts["shop/db1"] = unfinished
	asked := 0
	s.now = func(key string, f replication.Facts, _ int) replication.Facts {
		if key == "shop/db1" {
			asked++
		}
		return f
	}
	_, err = Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db2"}})
	if !errors.As(err, &held) || asked != 1 {
		t.Errorf("looked %d times while a run is alive: %v", asked, err)
	}
	s.facts["shop/db1"], s.now = primary, nil
	s.held = nil
	if _, err = Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db1"}}); errors.As(err, &held) {
		t.Errorf("%v", err)
	}
}
