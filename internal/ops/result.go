package ops

import (
	"errors"

	"github.com/dbbelt/belt/internal/backup"
	"github.com/dbbelt/belt/pkg/plan"
)

// Result is how a changing command ended: the document of the contract.
type Result struct {
	Version    int               `json:"version"`
	Command    string            `json:"command"`
	Target     string            `json:"target"`
	Changed    bool              `json:"changed"`
	ExitCode   int               `json:"exit_code"`
	Error      string            `json:"error"`
	Hint       string            `json:"hint"`
	Steps      []plan.StepResult `json:"steps"`
	AppServers []AppServer       `json:"app_servers"`
	Backup     *backup.Manifest  `json:"backup,omitempty"` // that was made, brought or restored
	Left       []string          `json:"left"`             // failed: what is left on which server

	// PrimaryUnavailableSeconds is how long no primary took writes, as measured; -1 when none does now.
	PrimaryUnavailableSeconds float64 `json:"primary_unavailable_seconds"`

	Plan   *plan.View `json:"-"` // with DryRun: what would be done, and nothing was
	Silent bool       `json:"-"` // there is nothing to tell
}

// AppServer is how one app server took its variables.
type AppServer struct {
	Server  string `json:"server"`
	OK      bool   `json:"ok"`
	Changed bool   `json:"changed"`
	Error   string `json:"error"`
}

// NewResult is a result without an outcome; its lists are not nil, so that none becomes null.
func NewResult(command, target string) Result {
	return Result{
		Version: 1, Command: command, Target: target,
		Steps: []plan.StepResult{}, AppServers: []AppServer{}, Left: []string{},
	}
}

// take fills in what came of the plan, and returns the command's error.
func (r *Result) take(o plan.Outcome) error {
	r.Steps = append(r.Steps, o.Steps...)
	r.Changed = o.Changed
	r.Left = append(r.Left, o.Left...)
	if o.Err != nil {
		return &Failed{Outcome: o}
	}
	return nil
}

// HintOf is the next step that an error knows, empty when there is none.
func HintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
