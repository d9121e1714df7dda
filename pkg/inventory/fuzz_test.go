package inventory

import (
	"bytes"
	"errors"
	"testing"
)

// seeds gives a fuzz test every text that the other tests read.
func seeds(f *testing.F) {
	f.Add([]byte(Example()))
	f.Add([]byte(everything()))
	f.Add([]byte(wholeInventory))
	f.Add([]byte(twoApps))
	for _, pattern := range []string{"testdata/problems/*.txtar", "testdata/edits/*.txtar"} {
		for _, a := range readArchives(f, pattern) {
			for _, p := range a.parts {
				f.Add([]byte(p.text))
			}
		}
	}
}

// FuzzLoad: no text makes the reader panic; what it refuses it refuses with lines, what it takes can be relied on.
func FuzzLoad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		inv, err := parse("/belt/belt.yaml", text)
		if err != nil {
			var problems *Problems
			if !errors.As(err, &problems) || len(problems.List) == 0 {
				t.Fatalf("%T: %v", err, err)
			}
			for i, p := range problems.List {
				if p.Pos.Line < 1 || p.Message == "" || i > 0 && p.Pos.Line < problems.List[i-1].Pos.Line {
					t.Errorf("problem %d: %v", i, p)
				}
			}
			return
		}
		for _, a := range inv.Apps {
			for _, d := range a.Databases {
				if len(d.Servers) == 0 || len(a.Members(d)) != len(d.Servers) || d.Engine == "" {
					t.Errorf("%s: %+v", d.Target(), d)
				}
				if target, err := inv.Target(d.Target()); err != nil || target.String() != d.Target() {
					t.Errorf("%s is not found: %v", d.Target(), err)
				}
			}
			for _, s := range a.Servers {
				if s.Address == "" || s.Name == "" {
					t.Errorf("%+v", s)
				}
			}
		}
	})
}

// FuzzEdit: an edit of any inventory that loads is refused, or can be taken back so that the same is meant as before; it never
// panics. That it means what was asked for is checked by every edit itself.
func FuzzEdit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		inv, err := parse("/belt/belt.yaml", text)
		if err != nil {
			return
		}
		for _, app := range inv.Apps {
			tryServer(t, text, inv, app.Name)
			for _, d := range app.Databases {
				target := Target{app, d}
				for _, server := range target.OtherServers() {
					tryMember(t, text, inv, d, server)
				}
				for _, source := range inv.SourcesFor(target) {
					trySource(t, text, inv, d, source)
				}
			}
		}
	})
}

func tryServer(t *testing.T, text []byte, inv *Inventory, app string) {
	e := &Editor{path: "/belt/belt.yaml", text: text, inv: inv}
	if e.AddServer(app, "fuzz-9", "192.0.2.99", "192.0.2.98", "") != nil {
		return
	}
	onlyAdded(t, text, e.text)
	if err := e.RemoveServer(app, "fuzz-9"); err == nil && !same(e.inv, inv) {
		t.Errorf("servers of %s: not as before:\n%s", app, e.text)
	}
}

func tryMember(t *testing.T, text []byte, inv *Inventory, d Database, server string) {
	e := &Editor{path: "/belt/belt.yaml", text: text, inv: inv}
	if e.AddMember(d.App, d.Name, server) != nil {
		return
	}
	onlyAdded(t, text, e.text)
	if err := e.SetMembers(d.App, d.Name, append([]string{server}, d.Servers...)); err != nil {
		return
	}
	if err := e.RemoveMember(d.App, d.Name, server); err == nil && !same(e.inv, inv) {
		t.Errorf("members of %s: not as before:\n%s", d.Target(), e.text)
	}
}

func trySource(t *testing.T, text []byte, inv *Inventory, d Database, source string) {
	e := &Editor{path: "/belt/belt.yaml", text: text, inv: inv}
	if e.SetSource(d.App, d.Name, source) != nil {
		return
	}
	if d.Source == "" {
		onlyAdded(t, text, e.text)
	}
	if err := e.ClearSource(d.App, d.Name); err != nil {
		return
	}
	if e.inv.at(d.App, d.Name).Source != "" {
		t.Errorf("source of %s is still there:\n%s", d.Target(), e.text)
	}
}

// onlyAdded fails when a character of the text before is gone. An alias may be replaced by what it stands for.
func onlyAdded(t *testing.T, before, after []byte) {
	t.Helper()
	rest := after
	for _, c := range before {
		i := bytes.IndexByte(rest, c)
		if i < 0 {
			if bytes.IndexByte(before, '*') < 0 {
				t.Errorf("something is gone:\n%s\nbecame\n%s", before, after)
			}
			return
		}
		rest = rest[i+1:]
	}
}
