package ops

import (
	"fmt"
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
	return doubt(t, facts)
}

// doubt is the error of a server that may be the true primary: one that does not answer and stands before the one that
// seems to be it, while no server follows that. A server that merely takes writes is no primary for the lack of a better
// one: what it holds may be anything.
func doubt(t replication.Topology, facts []replication.Facts) error {
	for _, r := range t.Replicas {
		if r.Facts.Err == nil && r.Facts.Replica && r.State.Healthy() {
			return nil
		}
	}
	for _, f := range facts {
		if f.Node.Same(t.Primary.Node) {
			return nil
		}
		if f.Err != nil {
			return f.Err
		}
	}
	return nil
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
