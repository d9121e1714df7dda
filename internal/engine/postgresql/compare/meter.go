package compare

import (
	"context"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// meter reports how far the comparison has come, and slows it down to a rate.
type meter struct {
	report plan.Progress
	rate   int64 // bytes per second on each side, 0 for no limit
	total  int64
	done   int64
	read   int64 // what was read since started, more than done where blocks were read again
	start  time.Time
	note   string
}

func newMeter(report plan.Progress, rate int64) *meter {
	if report == nil {
		report = func(int64, int64, string) {}
	}
	return &meter{report: report, rate: rate, start: time.Now()}
}

// expect adds to what there is to do.
func (m *meter) expect(bytes int64) { m.total += bytes }

// at says what is being done.
func (m *meter) at(note string) {
	m.note = note
	m.report(min(m.done, m.total), m.total, note)
}

// add counts bytes that were compared, and waits until they fit the rate.
func (m *meter) add(ctx context.Context, bytes int64) error {
	m.done += bytes
	m.at(m.note)
	return m.pace(ctx, bytes)
}

// pace counts bytes that were read, and waits until they fit the rate.
func (m *meter) pace(ctx context.Context, bytes int64) error {
	m.read += bytes
	if m.rate <= 0 {
		return nil
	}
	due := m.start.Add(time.Duration(float64(m.read) / float64(m.rate) * float64(time.Second)))
	if wait := time.Until(due); wait > 0 {
		return sleep(ctx, wait)
	}
	return nil
}
