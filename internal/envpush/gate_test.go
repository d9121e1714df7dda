package envpush

import (
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	g := newGate(2)
	g.arrive()
	select {
	case <-g.open:
		t.Fatal("open before all are there")
	default:
	}
	g.arrive()
	<-g.open
	g.arrive() // too many do no harm

	<-newGate(0).open

	late := newGate(2)
	late.arrive()
	select {
	case <-late.open:
	case <-time.After(10 * stall):
		t.Fatal("one that never comes holds up the others")
	}
}
