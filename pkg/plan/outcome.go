package plan

// Status is how a step of an applied plan ended.
type Status string

// The ways in which a step can end. A failed step stays "failed" when it was undone as well.
const (
	StatusDone    Status = "done"
	StatusSkipped Status = "skipped" // its effect was already there
	StatusFailed  Status = "failed"
	StatusUndone  Status = "undone"
)

// StepResult is what became of one step; its JSON is the one of the command's result document.
type StepResult struct {
	ID      string  `json:"id"`
	Server  string  `json:"server"`
	Title   string  `json:"title"`
	Status  Status  `json:"status"`
	Seconds float64 `json:"seconds"`
}

// Outcome is what [Apply] brought about.
type Outcome struct {
	Steps []StepResult // those that were reached, in the plan's order; never nil
	Err   error        // why it did not succeed; a *RollbackError when an undo failed as well

	RolledBack  bool     // failed, and everything is as it was before
	Left        []string // failed: what is left and where, one sentence each
	Interrupted bool     // the user asked to stop
	Detached    bool     // the work goes on by itself on the servers; nothing was undone
	Changed     bool     // something is different from before: false when all was skipped, or undone
}
