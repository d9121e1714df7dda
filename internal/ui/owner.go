package ui

import (
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// owner runs, one after the other and in its own goroutine, what others post to it. Its queue has no bound, so nobody
// who posts ever waits.
type owner struct {
	mu      sync.Mutex
	queue   []func()
	stopped bool
	wake    chan struct{}
	ended   chan struct{}
}

// newOwner starts it; draw is called after each batch of work, and every tick unless that is 0.
func newOwner(tick time.Duration, draw func()) *owner {
	o := &owner{wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go o.loop(tick, draw)
	return o
}

func (o *owner) loop(tick time.Duration, draw func()) {
	defer close(o.ended)
	var ticks <-chan time.Time
	if tick > 0 {
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case <-ticks:
		case <-o.wake:
		}
		work, stopped := o.take()
		for _, f := range work {
			f()
		}
		if stopped {
			return
		}
		draw()
	}
}

func (o *owner) take() ([]func(), bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	work := o.queue
	o.queue = nil
	return work, o.stopped
}

// post has f run soon. What comes after stop is dropped.
func (o *owner) post(f func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stopped {
		return false
	}
	o.queue = append(o.queue, f)
	o.signal()
	return true
}

// run has f run, and waits for it.
func (o *owner) run(f func()) {
	done := make(chan struct{})
	if o.post(func() { defer close(done); f() }) {
		<-done
	}
}

// stop ends the goroutine after what was posted.
func (o *owner) stop() {
	o.mu.Lock()
	o.stopped = true
	o.signal()
	o.mu.Unlock()
	<-o.ended
}

func (o *owner) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// latest keeps the newest progress of each step until it is shown, so that fast steps and a slow terminal do not fill
// the queue.
type latest struct {
	mu    sync.Mutex
	steps map[string]plan.Event
}

// put tells whether the step had none that waits.
func (l *latest) put(e plan.Event) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.steps == nil {
		l.steps = map[string]plan.Event{}
	}
	_, waits := l.steps[e.Step]
	l.steps[e.Step] = e
	return !waits
}

func (l *latest) take(step string) plan.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.steps[step]
	delete(l.steps, step)
	return e
}
