package mongodb

import (
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

// TestMemberThatBeltYAMLDoesNotName: a run that ended before it wrote belt.yaml leaves a whole replica, which status tells of.
func TestMemberThatBeltYAMLDoesNotName(t *testing.T) {
	s := enabled(t, commandEnable, "db2")
	if left := s.status().Leftovers; len(left) != 0 {
		t.Errorf("with both servers: %+v", left)
	}
	whole := s.facts(replication.Glance)
	top := New().Topology("shop/mongodb", whole[:1])
	if left := top.Leftovers; len(left) != 1 || left[0].Server != "db1" || left[0].Fix == "" || !top.Healthy() {
		t.Errorf("without db2: healthy %v, %+v", top.Healthy(), left)
	}
	// One that is named, and does not tell by which name the set has it.
	whole[1].Running, whole[1].Native, whole[1].Node.Internal, whole[1].Node.External = false, nil, "", ""
	if left := New().Topology("shop/mongodb", whole).Leftovers; len(left) != 0 {
		t.Errorf("with a stopped db2: %+v", left)
	}
}
