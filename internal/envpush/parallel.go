package envpush

import "sync"

// The servers that are worked on side by side: see [Pusher].
const (
	parallel     = 64
	mostParallel = 256
)

func (p *Pusher) width() int {
	if p.Parallel <= 0 {
		return parallel
	}
	return min(p.Parallel, mostParallel)
}

// each runs f for 0 … n-1 side by side within bounds, and returns when all have ended. f may give up its place early, for
// the next one, when all it still does is wait.
func (p *Pusher) each(n int, f func(i int, early func())) {
	places := make(chan struct{}, p.width())
	var wg sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		var once sync.Once
		early := func() { once.Do(func() { <-places }) }
		wg.Go(func() {
			defer early()
			f(i, early)
		})
	}
	wg.Wait()
}
