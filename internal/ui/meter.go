package ui

import (
	"math"
	"time"
)

const (
	memory    = 5 * time.Second        // how far back the rate remembers
	precision = 200 * time.Millisecond // reports that come faster are taken together
)

// meter measures how fast a count grows, smoothed. The first report is where it starts, not something gained: work
// that a new run takes up again has come far already.
type meter struct {
	at   time.Time // of the last report that counted
	done int64     // then
	rate float64   // bytes a second
	met  int       // reports that counted
	most int64     // the highest of all reports: the last thing that a step tells may be what it waits for

	begun time.Time // of the step
	from  int64     // what was there then
}

func (m *meter) add(now time.Time, done int64) {
	m.most = max(m.most, done)
	if m.met == 0 && now.Sub(m.begun) < precision {
		m.from = done
	}
	if m.met == 0 || done < m.done { // or it began anew
		*m = meter{at: now, done: done, met: 1, most: m.most, begun: m.begun, from: m.from}
		return
	}
	passed := now.Sub(m.at)
	if passed < precision {
		return
	}
	rate := float64(done-m.done) / passed.Seconds()
	if m.met == 1 {
		m.rate = rate
	} else {
		m.rate += (rate - m.rate) * (1 - math.Exp(-passed.Seconds()/memory.Seconds()))
	}
	m.at, m.done, m.met = now, done, m.met+1
}

// bytesPerSecond is the rate as of now: it fades while nothing is reported.
func (m *meter) bytesPerSecond(now time.Time) float64 {
	if silent := now.Sub(m.at); silent > 2*time.Second {
		return m.rate * math.Exp(-silent.Seconds()/memory.Seconds())
	}
	return m.rate
}

// outcome is what a step that took so long has done in all, and how fast where that can be said; empty for one that counted nothing.
func (m *meter) outcome(took time.Duration) (all, rate string) {
	if m.most == 0 {
		return "", ""
	}
	if gained := m.most - m.from; took >= time.Second && gained > 0 {
		rate = Bytes(int64(float64(gained)/took.Seconds())) + "/s"
	}
	return Bytes(m.most), rate
}

// left is the time until total is reached, and false when it cannot be told.
func (m *meter) left(now time.Time, done, total int64) (time.Duration, bool) {
	rate := m.bytesPerSecond(now)
	if rate < 1 || total <= done {
		return 0, false
	}
	seconds := float64(total-done) / rate
	if seconds > (30 * 24 * time.Hour).Seconds() {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}
