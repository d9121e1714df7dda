package redis

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

// TestCheckNames holds the list to what the code tests.
func TestCheckNames(t *testing.T) {
	if diff := cmp.Diff(replicatest.CheckNames(t, ".", "../../replica"), New(Redis).CheckNames()); diff != "" {
		t.Errorf("CheckNames (-used in the code +listed):\n%s", diff)
	}
}
