package ops

import (
	"fmt"
	"time"

	"github.com/dbbelt/belt/pkg/replication"
)

// limit counts a database as unhealthy in which a replica that streams is further behind than that, or may be: nobody knows.
// A replica that does not stream is unhealthy in any case.
func (d *DatabaseStatus) limit(most *time.Duration) {
	if most == nil {
		return
	}
	for _, r := range d.Replicas {
		switch {
		case r.State != replication.Streaming || r.near(*most):
			continue
		case r.LagSeconds == nil:
			d.Problems = append(d.Problems, fmt.Sprintf("%s: how far it is behind is unknown, and %s is allowed", r.Label, most))
		default:
			d.Problems = append(d.Problems, fmt.Sprintf("%s is %.1f s behind, and %s is allowed", r.Label, *r.LagSeconds, most))
		}
		d.Healthy = false
	}
}

// near tells whether the replica is known to be no further behind than that.
func (r ReplicaStatus) near(most time.Duration) bool {
	return r.LagSeconds != nil && *r.LagSeconds <= most.Seconds() || r.LagBytes != nil && *r.LagBytes == 0
}
