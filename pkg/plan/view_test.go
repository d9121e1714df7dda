package plan_test

import (
	"encoding/json"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

func TestViewIsTheContractsDocument(t *testing.T) {
	w := newWorld()
	p := planOf(w.step("seed", ""))
	p.Steps[0].Disrupts = "db1 restarts: about 3 s"
	p.Checks = []plan.Check{{Name: "disk", Server: "db2", OK: true, Detail: "needs 2.1 GB, has 40 GB"}}
	p.Estimate = plan.Estimate{Bytes: 123456789, Seconds: 42}
	cases := []struct {
		plan plan.Plan
		want string
	}{
		{p, `{"version":1,"command":"test","target":"shop/postgresql","estimate":{"bytes":123456789,"seconds":42,"primary_unavailable_seconds":0},` +
			`"checks":[{"name":"disk","server":"db2","ok":true,"detail":"needs 2.1 GB, has 40 GB"}],` +
			`"steps":[{"id":"seed","server":"db1","title":"make seed","commands":["make seed"],"disrupts":"db1 restarts: about 3 s","destroys":"","undo":"take seed away"}],"notes":[]}`},
		{plan.Plan{Command: "c", Steps: []plan.Step{{ID: "a"}}},
			`{"version":1,"command":"c","target":"","estimate":{"bytes":0,"seconds":0,"primary_unavailable_seconds":0},"checks":[],` +
				`"steps":[{"id":"a","server":"","title":"","commands":[],"disrupts":"","destroys":"","undo":""}],"notes":[]}`},
	}
	for _, c := range cases {
		got, err := json.Marshal(c.plan.View())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, string(got)); d != "" {
			t.Error(d)
		}
	}
}

func TestFingerprint(t *testing.T) {
	base := func() plan.Plan {
		p := planOf(newWorld().step("a", ""), newWorld().step("b", ""))
		p.Checks = []plan.Check{{Name: "disk", Server: "db2", OK: true, Detail: "has 40 GB"}}
		return p
	}
	same := map[string]func(*plan.Plan){
		"nothing":            func(*plan.Plan) {},
		"the estimate":       func(p *plan.Plan) { p.Estimate.Bytes++ },
		"a check's numbers":  func(p *plan.Plan) { p.Checks[0].Detail = "has 39 GB" },
		"notes for the user": func(p *plan.Plan) { p.Notes = []string{"it rains"} },
	}
	other := map[string]func(*plan.Plan){
		"target":         func(p *plan.Plan) { p.Target = "shop/redis" },
		"a title":        func(p *plan.Plan) { p.Steps[0].Title += "!" },
		"a command":      func(p *plan.Plan) { p.Steps[0].Commands = []string{"rm"} },
		"split commands": func(p *plan.Plan) { p.Steps[0].Commands = []string{"make", "a"} },
		"disrupts":       func(p *plan.Plan) { p.Steps[0].Disrupts = "db1 restarts" },
		"destroys":       func(p *plan.Plan) { p.Steps[0].Destroys = "the data on db2" },
		"order":          func(p *plan.Plan) { p.Steps[0], p.Steps[1] = p.Steps[1], p.Steps[0] },
		"a step less":    func(p *plan.Plan) { p.Steps = p.Steps[:1] },
		"a check more":   func(p *plan.Plan) { p.Checks = append(p.Checks, plan.Check{Name: "clock", OK: true}) },
		"the undo":       func(p *plan.Plan) { p.Steps[0].Undo = plan.Permanent("no way back") },
	}
	want := base().Fingerprint()
	for name, change := range same {
		p := base()
		change(&p)
		if p.Fingerprint() != want {
			t.Errorf("%s changed the fingerprint", name)
		}
	}
	for name, change := range other {
		p := base()
		change(&p)
		if p.Fingerprint() == want {
			t.Errorf("%s did not change the fingerprint", name)
		}
	}
}

func TestValidate(t *testing.T) {
	w := newWorld()
	bad := map[string]func(*plan.Step){
		"no id":    func(s *plan.Step) { s.ID = "" },
		"no title": func(s *plan.Step) { s.Title = "" },
		"no do":    func(s *plan.Step) { s.Do = nil },
		"no undo":  func(s *plan.Step) { s.Undo = plan.Undo{} },
		"same id":  func(s *plan.Step) { s.ID = "a" },
	}
	if err := planOf(w.step("a", ""), w.step("b", "")).Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range bad {
		p := planOf(w.step("a", ""), w.step("b", ""))
		change(&p.Steps[1])
		if p.Validate() == nil {
			t.Errorf("%s passed", name)
		}
	}
}
