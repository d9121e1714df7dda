package mover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// patience is how long the ends wait; tests are hastier than users.
type patience struct {
	ping    time.Duration // between two signs of life
	quiet   time.Duration // without one, until a connection counts as dead
	first   time.Duration // for the first contact with the other end
	contact time.Duration // for the next, once there was one
	retry   time.Duration // the first pause before a lost connection is made again
	parting time.Duration // for the other end to take the last word
}

func (p patience) orDefaults() patience {
	for at, otherwise := range map[*time.Duration]time.Duration{
		&p.ping: 3 * time.Second, &p.quiet: 20 * time.Second, &p.first: time.Minute, &p.contact: 10 * time.Minute,
		&p.retry: 200 * time.Millisecond, &p.parting: 15 * time.Second,
	} {
		if *at == 0 {
			*at = otherwise
		}
	}
	return p
}

// line is one connection between the two ends.
type line struct {
	conn    net.Conn
	quiet   time.Duration
	over    chan struct{} // closed when the connection is
	dropped bool          // the same, guarded by the end's lock
	parting bool          // the last word was said on it; guarded by the end's lock
	writing sync.Mutex
	in, out [headerMax]byte
	packed  []byte // a compressed chunk as it arrives
}

// piece is how much is written under one deadline: so slow a network that it does not carry this in time is none.
const piece = 64 << 10

func (l *line) send(h header, data []byte) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.write(h.put(&l.out)); err != nil {
		return err
	}
	for len(data) > 0 {
		n := min(piece, len(data))
		if err := l.write(data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

func (l *line) write(b []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.quiet)); err != nil {
		return err
	}
	_, err := l.conn.Write(b)
	return err
}

// Read reads what has come; nothing at all for the quiet time is an error, for the other end pings.
func (l *line) Read(b []byte) (int, error) {
	if err := l.conn.SetReadDeadline(time.Now().Add(l.quiet)); err != nil {
		return 0, err
	}
	return l.conn.Read(b)
}

func (l *line) header() (header, error) { return readHeader(l, &l.in) }

// text reads the words of a failure.
func (l *line) text(h header) (string, error) {
	b := make([]byte, h.length)
	_, err := io.ReadFull(l, b)
	return string(b), noEnd(err)
}

// end is what the sender and the receiver have in common towards a connection.
type end interface {
	// hear handles one frame; an error ends the connection.
	hear(l *line, h header) error
	// speak writes to the connection until it is dropped or nothing is left to say.
	speak(l *line) error
	// drop is told that the connection is closed, and makes speak return.
	drop(l *line)
	// lost is told that nobody uses the connection any more.
	lost(l *line)
	// heard is called for each frame.
	heard()
	// settled tells whether nothing is left to say.
	settled() bool
	// over tells whether there is an outcome.
	over() bool
}

// serve carries frames between e and the connection until that breaks, or has had its last word.
func serve(ctx context.Context, conn net.Conn, e end, p patience) error {
	l := &line{conn: conn, quiet: p.quiet, over: make(chan struct{})}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var group sync.WaitGroup
	group.Go(func() {
		for {
			h, err := l.header()
			if err == nil {
				e.heard()
				err = e.hear(l, h)
			}
			if err != nil {
				cancel(err)
				return
			}
		}
	})
	group.Go(func() {
		if err := e.speak(l); err != nil {
			cancel(err)
		}
	})
	group.Go(func() {
		if err := l.pings(ctx, p.ping); err != nil {
			cancel(err)
		}
	})
	<-ctx.Done()
	conn.Close()
	close(l.over)
	e.drop(l)
	group.Wait()
	e.lost(l)
	return context.Cause(ctx)
}

// pings writes a sign of life from time to time, when nothing else is being written.
func (l *line) pings(ctx context.Context, every time.Duration) error {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		if !l.writing.TryLock() {
			continue
		}
		err := l.write([]byte{byte(kindPing)})
		l.writing.Unlock()
		if err != nil {
			return err
		}
	}
}

// errOver ends a connection on which everything was said.
var errOver = errors.New("all is said")

// failText is a failure's text as it fits into a frame.
func failText(err error) []byte {
	text := err.Error()
	if len(text) > textMax {
		text = text[:textMax]
	}
	return []byte(text)
}

// part ends what this end has to say. The other end closes the connection when it has heard all of it; closing it here
// could take the last word back.
func (l *line) part() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if half, can := l.conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return nil
}

// peerError is what the other end said when it gave up.
type peerError struct{ text string }

func (e *peerError) Error() string { return e.text }

// contactError says that the other end is out of reach.
type contactError struct {
	peer string
	ever bool
	last error // why the last try failed
	wait time.Duration
}

func (e *contactError) Error() string {
	text := fmt.Sprintf("no connection to %s within %s", e.peer, e.wait.Round(time.Second))
	if e.ever {
		text = fmt.Sprintf("no connection to %s for %s", e.peer, e.wait.Round(time.Second))
	}
	if e.last != nil {
		text += ": " + e.last.Error()
	}
	return text
}

func (e *contactError) Unwrap() error { return e.last }
