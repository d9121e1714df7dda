package ui

import (
	"math"
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	after := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	type report struct {
		at   float64
		done int64
	}
	steady := func(from int64, each float64, by int64) (out []report) {
		for i := range 50 {
			out = append(out, report{float64(i) * each, from + int64(i)*by})
		}
		return out
	}
	cases := []struct {
		name      string
		reports   []report
		at        float64
		total     int64
		rate      float64
		left      float64
		knowsLeft bool
	}{
		{"nothing yet", nil, 0, 1000, 0, 0, false},
		{"one report", []report{{0, 500}}, 0, 1000, 0, 0, false},
		{"steady", steady(0, 1, 10), 49, 1000, 10, 51, true},
		{"taken up again half-way", steady(500_000, 1, 10), 49, 501_000, 10, 51, true},
		{"faster reports than the clock is good for", steady(0, 0.01, 10), 0.49, 2000, 1000, 1.51, true},
		{"total unknown", steady(0, 1, 10), 49, 0, 10, 0, false},
		{"past its total", steady(0, 1, 10), 49, 400, 10, 0, false},
		{"begun anew", append(steady(1000, 1, 10), report{60, 0}, report{61, 20}), 61, 100, 20, 4, true},
		{"a month and more", []report{{0, 0}, {10, 100}}, 10, math.MaxInt64, 10, 0, false},
	}
	for _, c := range cases {
		var m meter
		var done int64
		for _, r := range c.reports {
			m.add(after(r.at), r.done)
			done = r.done
		}
		if got := m.bytesPerSecond(after(c.at)); math.Abs(got-c.rate) > c.rate/50 {
			t.Errorf("%s: rate %.1f, want %.1f", c.name, got, c.rate)
		}
		left, ok := m.left(after(c.at), done, c.total)
		if ok != c.knowsLeft || math.Abs(left.Seconds()-c.left) > c.left/20 {
			t.Errorf("%s: left %s %v, want %.1f %v", c.name, left, ok, c.left, c.knowsLeft)
		}
	}
}

func TestMeterSmoothsAndFades(t *testing.T) {
	var m meter
	for i := range 20 {
		m.add(start.Add(time.Duration(i)*time.Second), int64(i)*100)
	}
	now := start.Add(20 * time.Second)
	m.add(now, 1900+1000) // one second ten times as fast
	if r := m.bytesPerSecond(now); r < 150 || r > 500 {
		t.Errorf("a burst made the rate %.0f", r)
	}
	before := m.bytesPerSecond(now)
	if r := m.bytesPerSecond(now.Add(20 * time.Second)); r > before/10 {
		t.Errorf("after 20 s of silence the rate is %.0f, before %.0f", r, before)
	}
}

// What was copied is told at the end although the step's last word was about something else.
func TestMostOfAllReports(t *testing.T) {
	var m meter
	at := time.Now()
	for i, done := range []int64{1000, 5000, 0, 0} {
		m.add(at.Add(time.Duration(i)*time.Second), done)
	}
	if m.most != 5000 {
		t.Errorf("most: %d", m.most)
	}
}

// The rate of a whole step is of what it did itself, not of what an earlier run had done.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		name      string
		first     time.Duration // after the step began
		done      []int64
		took      time.Duration
		all, rate string
	}{
		{"from the beginning", time.Second, []int64{100e6, 500e6, 1000e6}, 10 * time.Second, "1.0 GB", "100 MB/s"},
		{"taken up again", 50 * time.Millisecond, []int64{600e6, 800e6, 1000e6}, 10 * time.Second, "1.0 GB", "40 MB/s"},
		{"its last word counts nothing", time.Second, []int64{1000e6, 0}, 10 * time.Second, "1.0 GB", "100 MB/s"},
		{"too short for a rate", 0, []int64{1000, 2000}, 500 * time.Millisecond, "2.0 kB", ""},
		{"nothing counted", 0, []int64{0, 0}, 10 * time.Second, "", ""},
	} {
		m := meter{begun: start}
		for i, done := range c.done {
			m.add(start.Add(c.first+time.Duration(i)*time.Second), done)
		}
		if all, rate := m.outcome(c.took); all != c.all || rate != c.rate {
			t.Errorf("%s: %q, %q", c.name, all, rate)
		}
	}
}
