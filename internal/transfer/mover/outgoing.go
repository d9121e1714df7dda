package mover

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"time"
)

// chunk is a piece of the stream, or its trailer, on its way.
type chunk struct {
	header
	data []byte
	on   *line // the connection that carries it
}

// outgoing is the sender's side of the stream.
type outgoing struct {
	window uint64
	pace   *pacer
	press  *press
	alive  func() // called for each frame from the other end

	fate
	queue  []*chunk // to be sent, in the order of their numbers
	flight map[uint64]*chunk
	free   [][]byte
	next   uint64 // number of the next chunk to be read
	taken  uint64 // chunks that the receiver's tool has taken
	bytes  uint64 // read from the tool
}

func newOutgoing(window uint64, pace *pacer, press *press, alive func()) *outgoing {
	o := &outgoing{window: window, pace: pace, press: press, alive: alive, flight: map[uint64]*chunk{}}
	o.init()
	return o
}

func (o *outgoing) heard() { o.alive() }

// read cuts what the tool writes into chunks until its end; sound is called then, and the trailer is written only when
// it returns no error.
func (o *outgoing) read(tool io.Reader, size int, sound func() error) error {
	total := newSum()
	for {
		buf, err := o.room(size)
		if err != nil {
			return err
		}
		n, err := io.ReadFull(tool, buf[:size])
		if n > 0 {
			c := &chunk{data: buf[:n], header: header{kind: kindChunk, length: uint32(n), wire: uint32(n), crc: crc32.Checksum(buf[:n], castagnoli)}}
			total.add(n, c.crc)
			o.push(c)
		}
		switch {
		case err == nil:
			continue
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		default:
			return fmt.Errorf("read from the tool: %w", err)
		}
		if err := sound(); err != nil {
			return err
		}
		o.push(&chunk{header: total.trailer()})
		return nil
	}
}

// room waits until the window has room for a chunk, and gives it a buffer.
func (o *outgoing) room(size int) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.next >= o.taken+o.window && o.brokenLocked() == nil {
		o.changed.Wait()
	}
	if err := o.brokenLocked(); err != nil {
		return nil, err
	}
	if last := len(o.free) - 1; last >= 0 {
		buf := o.free[last]
		o.free = o.free[:last]
		return buf, nil
	}
	return make([]byte, size), nil
}

func (o *outgoing) push(c *chunk) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c.kind == kindChunk {
		c.number = o.next
		o.next++
		o.bytes += uint64(c.length)
	}
	o.queue = append(o.queue, c)
	o.changed.Broadcast()
}

// speak sends chunks as long as there are any, and then the last word.
func (o *outgoing) speak(l *line) error {
	for {
		c := o.take(l)
		switch {
		case c == nil:
			return nil
		case c.kind == kindChunk:
			if err := o.carry(l, c); err != nil {
				return err
			}
		case c.kind == kindTrailer:
			if err := l.send(c.header, nil); err != nil {
				return err
			}
		default:
			err := l.send(c.header, c.data)
			if err == nil {
				err = l.part()
			}
			o.said(l, err)
			return err
		}
	}
}

// carry sends a chunk.
func (o *outgoing) carry(l *line, c *chunk) error {
	begun := time.Now()
	h, data, sent := o.press.pack(c.header, c.data)
	if !o.pace.wait(len(data), l.over) {
		return nil
	}
	err := l.send(h, data)
	if err == nil {
		sent(time.Since(begun))
	}
	return err
}

// take waits for what this connection has to carry next, and returns nil when it is dropped. A failure and the farewell
// go before chunks.
func (o *outgoing) take(l *line) *chunk {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		switch {
		case l.dropped:
			return nil
		case o.saying != kindPing: // another connection says the last word
		case o.failure != nil:
			o.saying = kindFail
			text := failText(o.failure)
			return &chunk{header: header{kind: kindFail, length: uint32(len(text))}, data: text}
		case o.peer != nil:
		case o.done:
			o.saying = kindBye
			return &chunk{header: header{kind: kindBye}}
		case len(o.queue) > 0:
			c := o.queue[0]
			o.queue = o.queue[1:]
			c.on = l
			o.flight[c.number] = c
			return c
		}
		o.changed.Wait()
	}
}

// said takes down whether the last word got out; if not, another connection tries.
func (o *outgoing) said(l *line, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if l.parting = err == nil; !l.parting {
		o.saying = kindPing
	}
	o.changed.Broadcast()
}

func (o *outgoing) hear(l *line, h header) error {
	switch h.kind {
	case kindAck:
		o.mu.Lock()
		defer o.mu.Unlock()
		if h.taken > o.next {
			return fmt.Errorf("%d chunks taken of %d", h.taken, o.next)
		}
		o.taken = max(o.taken, h.taken)
		if c, under := o.flight[h.number]; under && h.number != nothing {
			delete(o.flight, h.number)
			if c.kind == kindChunk {
				o.free = append(o.free, c.data[:cap(c.data)])
			}
		}
		o.changed.Broadcast()
	case kindDone:
		o.mu.Lock()
		defer o.mu.Unlock()
		o.done = true
		o.changed.Broadcast()
	case kindFail:
		return o.hearFailure(l, h)
	case kindPing:
	default:
		return fmt.Errorf("a frame of kind %q at the sender", h.kind)
	}
	return nil
}

// lost puts what the connection carried back to be sent.
func (o *outgoing) lost(l *line) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for number, c := range o.flight {
		if c.on == l {
			delete(o.flight, number)
			o.queue = append(o.queue, c)
		}
	}
	if l.parting {
		o.parted = true
	}
	slices.SortFunc(o.queue, func(a, b *chunk) int { return cmp.Compare(a.number, b.number) })
	o.changed.Broadcast()
}

// count is how many bytes the tool has written.
func (o *outgoing) count() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}
