package replica

import (
	"context"
	"fmt"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Outage is what a restart costs that takes so many seconds.
func Outage(f replication.Facts, seconds float64) string {
	return fmt.Sprintf("about %.0f s without %s", seconds, Choose(f.Replica, "it, a replica; writes go on", "the primary"))
}

// KeptSettings is the step that stands for the settings that an unfinished run had already changed, by the engine's word for them:
// nothing is left to do, and a failure puts them back.
func KeptSettings(f replication.Facts, settings string, restore func(context.Context, plan.Progress) error) plan.Step {
	return plan.Step{
		ID: settings, Server: f.Node.Label, Title: "keep the " + settings + " of the unfinished run", Adopt: true,
		Done: func(context.Context) (bool, error) { return true, nil },
		Do:   func(context.Context, plan.Progress) error { return nil },
		Undo: plan.Undoable("put the "+settings+" back", restore),
	}
}
