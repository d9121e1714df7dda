package mongodb

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

// TestCheckNames holds the list to what the code tests; "apps" is tested for the engine by the operations.
func TestCheckNames(t *testing.T) {
	want := append(replicatest.CheckNames(t, ".", "../../replica"), "apps")
	slices.Sort(want)
	if diff := cmp.Diff(want, New().CheckNames()); diff != "" {
		t.Errorf("CheckNames (-used in the code +listed):\n%s", diff)
	}
}
