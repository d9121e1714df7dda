package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// View is a plan as a document: the JSON that --dry-run prints.
type View struct {
	Version  int        `json:"version"`
	Command  string     `json:"command"`
	Target   string     `json:"target"`
	Estimate Estimate   `json:"estimate"`
	Checks   []Check    `json:"checks"`
	Steps    []StepView `json:"steps"`
	Notes    []string   `json:"notes"`
}

// StepView is one step of a [View].
type StepView struct {
	ID       string   `json:"id"`
	Server   string   `json:"server"`
	Title    string   `json:"title"`
	Commands []string `json:"commands"`
	Disrupts string   `json:"disrupts"`
	Destroys string   `json:"destroys"`
	Undo     string   `json:"undo"`

	Permanent bool `json:"-"` // there is no way back, and Undo says why
}

// View returns the plan as a document. Its lists are never nil, so that none becomes null.
func (p Plan) View() View {
	v := View{
		Version: 1, Command: p.Command, Target: p.Target, Estimate: p.Estimate,
		Checks: list(p.Checks), Steps: []StepView{}, Notes: list(p.Notes),
	}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, StepView{
			ID: s.ID, Server: s.Server, Title: s.Title, Commands: list(s.Commands),
			Disrupts: s.Disrupts, Destroys: s.Destroys, Undo: s.Undo.Text(),
			Permanent: !s.Undo.Possible(),
		})
	}
	return v
}

// Fingerprint is a short hash of what the plan is going to do: two plans with the same one do the same. What changes
// by itself while the user reads (the estimate, the numbers in the checks' details, notes) is not part of it. A plan
// whose fingerprint changed between showing and applying is stale.
func (p Plan) Fingerprint() string {
	v := p.View()
	v.Estimate, v.Notes = Estimate{}, nil
	checks := make([]Check, len(v.Checks))
	for i, c := range v.Checks {
		checks[i] = Check{Name: c.Name, Server: c.Server, OK: c.OK, Skipped: c.Skipped, Warning: c.Warning}
	}
	v.Checks = checks
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and booleans only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func list[T any](in []T) []T {
	return append([]T{}, in...)
}
