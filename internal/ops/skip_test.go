package ops

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
)

// --skip-check identity would let the primary be copied over itself.
func TestVitalChecksCannotBeSkipped(t *testing.T) {
	checks := []plan.Check{
		{Name: "identity", Detail: "it is the primary itself", Vital: true},
		{Name: "disk", Detail: "needs 2 GB"},
		{Name: "clock", Detail: "9 s apart"},
		{Name: "installed", OK: true, Vital: true},
	}
	skip(checks, []string{"identity", "disk", "installed"})
	if checks[0].Skipped || !strings.Contains(checks[0].Detail, "cannot be skipped") {
		t.Errorf("%+v", checks[0])
	}
	if !checks[1].Skipped || checks[2].Skipped || checks[3].Skipped || strings.Contains(checks[3].Detail, "skipped") {
		t.Errorf("%+v", checks[1:])
	}
	refused := plan.Plan{Checks: checks}.Refusal()
	if refused == nil || !strings.Contains(refused.Error(), "identity") || strings.Contains(refused.Error(), "disk") {
		t.Errorf("%v", refused)
	}
	if hint := HintOf(refused); strings.Contains(hint, "--skip-check") {
		t.Errorf("it says to skip what cannot be skipped: %s", hint)
	}
}
