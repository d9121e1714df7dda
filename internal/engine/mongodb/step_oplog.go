package mongodb

import (
	"context"
	"fmt"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// The sizes of an oplog: mongod makes it 5 % of the free disk, within bounds, and takes no less than 990 MB.
const (
	leastOplog = 990 << 20
	mostOplog  = 50 << 30
	day        = 24 * 60 * 60
)

// oplogPlan is how large the primary's oplog has to be.
type oplogPlan struct {
	now    int64   // bytes; for a set that is yet to be made, what mongod will choose
	want   int64   // bytes
	rate   float64 // bytes of changes a second
	copies float64 // seconds that the initial sync is expected to take
	room   int64   // bytes that it may take of the disk
}

// sizeOplog is pure: the oplog is to hold a day of changes at the measured rate, and four times what is written during the
// expected initial sync; a member that was away for longer has to be copied anew.
func sizeOplog(p replication.Facts) oplogPlan {
	n := nativeOf(p)
	o := oplogPlan{now: n.Oplog.Max}
	if n.survey == nil {
		return o
	}
	if size, err := strconv.ParseInt(n.option("replication.oplogSizeMB"), 10, 64); o.now == 0 && err == nil {
		o.now = size << 20
	}
	if o.now == 0 {
		o.now = min(max(n.survey.FreeBytes/20, leastOplog), mostOplog)
	}
	o.rate = n.survey.PerSecond
	o.copies = float64(n.survey.DataBytes) / copyRate
	need := int64(o.rate * max(day, 4*o.copies))
	o.room = o.now + n.survey.FreeBytes/4
	o.want = max(o.now, min(need, o.room))
	return o
}

// grows tells whether the oplog has to grow by more than is worth talking of.
func (o oplogPlan) grows() bool { return o.want > o.now+o.now/10 && o.want>>20 > o.now>>20 }

// holds is how many hours of changes a size holds; 0 when nothing is written.
func (o oplogPlan) holds(bytes int64) float64 {
	if o.rate <= 0 {
		return 0
	}
	return float64(bytes) / o.rate / 3600
}

// enough tells whether the initial sync is sure to find the changes that it needs.
func (o oplogPlan) enough() bool { return o.rate*o.copies*2 <= float64(max(o.want, o.now)) }

func (o oplogPlan) describe() string {
	if o.rate <= 0 {
		return fmt.Sprintf("%s, and nothing is written now", replica.Size(o.now))
	}
	text := fmt.Sprintf("%s holds %.0f h at the measured %s a second", replica.Size(o.now), o.holds(o.now), replica.Size(int64(o.rate)))
	if o.grows() {
		text += fmt.Sprintf("; grows to %s, %.0f h", replica.Size(o.want), o.holds(o.want))
	}
	return text
}

// oplogStep grows the primary's oplog, before the copy begins.
func (m making) oplogStep(o oplogPlan) plan.Step {
	size := o.want >> 20
	return plan.Step{
		ID: "oplog", Server: m.From(), Title: fmt.Sprintf("let the oplog hold %.0f h of changes", o.holds(o.want)), Adopt: m.Adopt,
		Commands: []string{fmt.Sprintf("replSetResizeOplog {size: %d}   -- megabytes", size)},
		Done: func(ctx context.Context) (bool, error) {
			now, err := m.oplogMB(ctx)
			return now >= size, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.resize(ctx, size) },
		Undo: plan.Undoable("give it back its size", func(ctx context.Context, _ plan.Progress) error {
			if m.noted.OplogMB < leastOplog>>20 {
				return nil // there was none before, and it goes with the set
			}
			return m.resize(ctx, m.noted.OplogMB)
		}),
	}
}

func (m making) oplogMB(ctx context.Context) (size int64, err error) {
	var stats struct {
		Max int64 `bson:"maxSize"`
	}
	err = m.onPrimary(ctx, true, func(s *session) error {
		return s.ask(ctx, "local", bson.D{{Key: "collStats", Value: "oplog.rs"}}, &stats)
	})
	return stats.Max >> 20, err
}

func (m making) resize(ctx context.Context, size int64) error {
	return m.onPrimary(ctx, false, func(s *session) error {
		return s.tell(ctx, "admin", bson.D{{Key: "replSetResizeOplog", Value: 1}, {Key: "size", Value: float64(size)}})
	})
}
