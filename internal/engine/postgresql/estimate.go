package postgresql

import (
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	// copyRate is what pg_basebackup moves in bytes a second between two ordinary servers, checked and written to disk;
	// measured at 150 to 400 MB/s. A network of 1 Gbit/s carries about 115 MB/s.
	copyRate = 110 << 20
	// aroundSeconds is everything but the copy: roles, checkpoint, swap, start and proof.
	aroundSeconds = 4
)

// estimate is what making the request's targets replicas is going to cost.
func estimate(req replication.Request) plan.Estimate {
	var e plan.Estimate
	if req.Topology.Primary == nil {
		return e
	}
	s := nativeOf(*req.Topology.Primary).survey
	if s == nil {
		return e
	}
	rate := float64(copyRate)
	if r := req.Options.MaxRate; r > 0 && float64(r) < rate {
		rate = float64(r)
	}
	e.Bytes = s.DataBytes * int64(len(req.Targets))
	// Side by side, the targets share what the primary can send.
	e.Seconds = aroundSeconds + float64(e.Bytes)/rate
	if primaryChanges(req).restart && req.Topology.Top == nil {
		e.PrimaryUnavailableSeconds = restartSeconds
	}
	return e
}
