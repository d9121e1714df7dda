package ops

import (
	"os"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestEdits(t *testing.T) {
	for name, tt := range map[string]struct {
		run   func(*scene) error
		kept  []replication.KeptData // on db2
		lines []string
	}{
		"enable adds the member": {func(s *scene) error {
			_, err := Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db3"}})
			return err
		}, nil, []string{"servers: [db1, db2, db3]", "source: shop/postgresql"}},
		"disable takes it out": {func(s *scene) error {
			_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db2"}})
			return err
		}, nil, []string{"{servers: [db1], credentials", "source: shop/postgresql"}},
		"disable without names is for the target's own": {func(s *scene) error {
			_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql"})
			return err
		}, nil, []string{"{servers: [db1], credentials", "source: shop/postgresql"}},
		"disable between apps clears the source": {func(s *scene) error {
			_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "eu/postgresql"})
			return err
		}, nil, []string{"servers: [db1, db2]", "postgresql: {servers: [db1], credentials: {username: eu"}},
		"disable of another app's replica by its full name": {func(s *scene) error {
			_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"eu/db1"}})
			return err
		}, nil, []string{"servers: [db1, db2]", "postgresql: {servers: [db1], credentials: {username: eu"}},
		"undo of an enable takes the member out": {func(s *scene) error {
			_, err := Undo(t.Context(), s.Session, UndoOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db2"}})
			return err
		}, []replication.KeptData{{Replica: true}, {Replica: false}}, []string{"{servers: [db1], credentials"}},
		"undo of a resync leaves it in": {func(s *scene) error {
			_, err := Undo(t.Context(), s.Session, UndoOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db2"}})
			return err
		}, []replication.KeptData{{Replica: false}, {Replica: true}}, []string{"servers: [db1, db2]"}},
	} {
		s := given(t, shop)
		s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica, "shop/db3": {Installed: true, Running: true}}
		f := s.facts["shop/db2"]
		f.Kept = tt.kept
		s.facts["shop/db2"] = f
		if err := tt.run(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, err := os.ReadFile(s.Inventory.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range tt.lines {
			if !strings.Contains(string(text), line) {
				t.Errorf("%s: no %q in\n%s", name, line, text)
			}
		}
	}
}

func TestReadOnlyInventory(t *testing.T) {
	s := given(t, shop)
	g := s.of(t, "shop/postgresql")
	nodes, err := s.named(g, []string{"db3"})
	if err != nil {
		t.Fatal(err)
	}
	c := change{group: g, targets: nodes, joins: true}
	f := future{replicas: nodes}
	step, note := s.inventoryStep(c, f)
	if step == nil || note != "" {
		t.Fatalf("%v, %q", step, note)
	}
	if err := os.Remove(s.Inventory.Path); err != nil {
		t.Fatal(err)
	}
	if err := step.Do(t.Context(), nil); err != nil {
		t.Errorf("the step failed: %v", err)
	}
	if all := strings.Join(s.notes, "\n"); !strings.Contains(all, "by hand") || !strings.Contains(all, "[db1, db2, db3]") {
		t.Errorf("told: %q", all)
	}
	if step, note = s.inventoryStep(c, f); step != nil || !strings.Contains(note, "by hand") {
		t.Errorf("%v, %q", step, note)
	}
}

func TestPutBack(t *testing.T) {
	path := t.TempDir() + "/belt.yaml"
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	write("ours")
	if err := putBack(path, []byte("first"), []byte("ours")); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	info, _ := os.Stat(path)
	if string(text) != "first" || info.Mode().Perm() != 0o640 {
		t.Errorf("%s, %v", text, info.Mode())
	}
	write("theirs")
	if err := putBack(path, []byte("first"), []byte("ours")); err == nil {
		t.Error("another's text was replaced")
	}
	if err := putBack(path, nil, nil); err != nil {
		t.Errorf("what was never written: %v", err)
	}
}
