package ops

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// primaryless says why there is no primary to work with, nil when there is one: because a server did not answer, or
// because of what the servers say.
func primaryless(t replication.Topology, facts []replication.Facts) error {
	if err := unreachable(t, facts); err != nil {
		return fmt.Errorf("%s: the primary cannot be asked: %w", t.Target, err)
	}
	if t.Primary != nil {
		return nil
	}
	why := strings.Join(t.Problems, "; ")
	if why == "" {
		why = "no server of it takes writes"
	}
	return refuse("belt db status "+t.Target, "%s has no primary: %s", t.Target, why)
}

// unreachable is why the primary could not be asked, nil when it was.
func unreachable(t replication.Topology, facts []replication.Facts) error {
	if t.Primary == nil {
		return firstError(facts)
	}
	if t.Primary.Err != nil {
		return t.Primary.Err
	}
	if silent := silentPrimary(t, facts); silent != nil {
		return silent.Err
	}
	return nil
}

// silentPrimary is the server that may be the true primary: one that does not answer and stands before the one that
// seems to be it, while no server follows that. A server that merely takes writes is no primary for the lack of a better
// one: what it holds may be anything.
func silentPrimary(t replication.Topology, facts []replication.Facts) *replication.Facts {
	for _, r := range t.Replicas {
		if r.Facts.Err == nil && r.Facts.Replica && r.State.Healthy() {
			return nil
		}
	}
	for i, f := range facts {
		if f.Node.Same(t.Primary.Node) {
			return nil
		}
		if f.Err != nil {
			return &facts[i]
		}
	}
	return nil
}

// unassumed is the topology with the silent one as the primary, unless the other is one that a run was about to make it.
func unassumed(t replication.Topology, facts []replication.Facts) replication.Topology {
	if t.Primary == nil || t.Primary.Err != nil || t.Primary.Unfinished != "" {
		return t
	}
	if silent := silentPrimary(t, facts); silent != nil {
		t.Standalone = append(slices.DeleteFunc(t.Standalone, func(f replication.Facts) bool { return f.Node.Same(silent.Node) }), *t.Primary)
		t.Replicas = slices.DeleteFunc(t.Replicas, func(r replication.Replica) bool { return r.Facts.Node.Same(silent.Node) })
		t.Primary = silent
	}
	return t
}

// firstError is the first error of a server that could not be asked.
func firstError(facts []replication.Facts) error {
	for _, f := range facts {
		if f.Err != nil {
			return f.Err
		}
	}
	return nil
}
