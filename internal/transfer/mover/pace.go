package mover

import (
	"sync"
	"time"
)

// pacer bounds the bytes per second of all connections together.
type pacer struct {
	rate int64 // 0 for no limit

	mu   sync.Mutex
	next time.Time // when the next byte may go
}

// burst is how far behind its time the stream may be and still catch up.
const burst = 100 * time.Millisecond

// wait returns true when n bytes may be sent, and false when over is closed first.
func (p *pacer) wait(n int, over <-chan struct{}) bool {
	if p.rate <= 0 {
		return true
	}
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now.Add(-burst)) {
		p.next = now.Add(-burst)
	}
	at := p.next
	p.next = at.Add(time.Duration(float64(n) / float64(p.rate) * float64(time.Second)))
	p.mu.Unlock()
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-over:
		return false
	}
}

// chunkSize is how much of the stream is sent at once: less where a limit would make a chunk take seconds.
func chunkSize(rate int64) int {
	if rate <= 0 {
		return chunkMax
	}
	return int(min(max(rate/4, 64<<10), chunkMax))
}
