package mysql

import (
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	// copyRate is what a copy moves in bytes a second between two ordinary servers, prepared and written to disk. A
	// network of 1 Gbit/s carries about 115 MB/s.
	copyRate = 100 << 20
	// dumpRate is the same for a dump that is loaded, of the primary's data folder.
	dumpRate = 10 << 20
	// aroundSeconds is everything but the copy: account, lock, swap, start and proof.
	aroundSeconds = 8
)

// estimate is what making the request's targets replicas is going to cost, but for a restart of the primary.
func estimate(req replication.Request) plan.Estimate {
	var e plan.Estimate
	if req.Topology.Primary == nil {
		return e
	}
	n := nativeOf(*req.Topology.Primary)
	if n.survey == nil {
		return e
	}
	rate := float64(copyRate)
	for _, t := range req.Targets {
		if whyDump(*req.Topology.Primary, t) != "" {
			rate = dumpRate
		}
	}
	if r := req.Options.MaxRate; r > 0 && float64(r) < rate {
		rate = float64(r)
	}
	e.Bytes = n.dataBytes() * int64(len(req.Targets))
	// Side by side, the targets share what the primary can send.
	e.Seconds = aroundSeconds + float64(e.Bytes)/rate
	return e
}

// estimateWith adds what the primary's restart costs.
func estimateWith(req replication.Request, c changes) plan.Estimate {
	e := estimate(req)
	if c.restart {
		seconds := nativeOf(*req.Topology.Primary).restartSeconds()
		if req.Topology.Top == nil {
			e.PrimaryUnavailableSeconds = seconds
		}
		e.Seconds += seconds
	}
	return e
}

// dumpSeconds is how long a dump of all data takes.
func dumpSeconds(p *native) float64 { return float64(p.dataBytes()) / dumpRate }

// lockSeconds is how long writes wait for dumps of tables without transactions; 0 where none is made.
func lockSeconds(makings []making) float64 {
	var seconds float64
	for _, m := range makings {
		if _, there := m.pn.withoutTransactions(); there && m.why != "" {
			seconds = max(seconds, dumpSeconds(m.pn))
		}
	}
	return seconds
}
