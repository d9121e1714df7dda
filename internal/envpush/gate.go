package envpush

import (
	"sync"
	"time"
)

// stall is how long the gate waits for the next server to arrive.
const stall = 3 * time.Second

// gate holds servers back until all have arrived, so that they go on at the same moment. It also opens when nobody has
// arrived for a while: one server that hangs must not hold up the others for ever.
type gate struct {
	open chan struct{} // closed when everybody may pass

	mu    sync.Mutex
	left  int
	timer *time.Timer
}

func newGate(n int) *gate {
	g := &gate{open: make(chan struct{}), left: n}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.timer = time.AfterFunc(stall, g.let)
	if n == 0 {
		g.pass()
	}
	return g
}

// arrive says that one more is there, or that it will never be.
func (g *gate) arrive() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left--
	if g.left > 0 {
		g.timer.Reset(stall)
		return
	}
	g.pass()
}

func (g *gate) let() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pass()
}

// pass needs the lock.
func (g *gate) pass() {
	g.timer.Stop()
	select {
	case <-g.open:
	default:
		close(g.open)
	}
}
