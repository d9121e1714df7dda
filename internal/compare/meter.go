package compare

import (
	"context"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// Meter reports how far the comparison has come, and slows it down to a rate.
type Meter struct {
	report plan.Progress
	rate   int64 // bytes per second on each side, 0 for no limit
	total  int64
	done   int64
	read   int64 // what was read since started, more than done where blocks were read again
	start  time.Time
	note   string
}

// NewMeter makes one; report may be nil, and a rate of 0 is no limit.
func NewMeter(report plan.Progress, rate int64) *Meter {
	if report == nil {
		report = func(int64, int64, string) {}
	}
	return &Meter{report: report, rate: rate, start: time.Now()}
}

// Expect adds to what there is to do.
func (m *Meter) Expect(bytes int64) { m.total += bytes }

// Done is how many bytes were compared.
func (m *Meter) Done() int64 { return m.done }

// At says what is being done.
func (m *Meter) At(note string) {
	m.note = note
	m.report(min(m.done, m.total), m.total, note)
}

// Add counts bytes that were compared, and waits until they fit the rate.
func (m *Meter) Add(ctx context.Context, bytes int64) error {
	m.done += bytes
	m.At(m.note)
	return m.Pace(ctx, bytes)
}

// Pace counts bytes that were read, and waits until they fit the rate.
func (m *Meter) Pace(ctx context.Context, bytes int64) error {
	m.read += bytes
	if m.rate <= 0 {
		return nil
	}
	due := m.start.Add(time.Duration(float64(m.read) / float64(m.rate) * float64(time.Second)))
	if wait := time.Until(due); wait > 0 {
		return Sleep(ctx, wait)
	}
	return nil
}

// Waiting says what is waited for, until Resume.
func (m *Meter) Waiting(note string) { m.report(min(m.done, m.total), m.total, note) }

// Resume says again what is being done.
func (m *Meter) Resume() { m.At(m.note) }

// Sleep waits, unless ctx ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
