package mover

import (
	"sync"
	"time"

	"github.com/klauspost/compress/s2"
)

// press compresses chunks, where that makes them arrive sooner.
//
// Whether it does depends on the data, the network, the limit and the cores that are free, and all of them change. So
// it is measured: what a byte of the stream takes plain and compressed, from before the compression until the chunk is
// written. The cheaper way is taken, and the other is tried with one chunk in a while. Where the tool is the slow part
// a write only fills a buffer, and plain wins.
type press struct {
	mode string // "auto", "always" or "never"

	mu     sync.Mutex
	count  uint64
	plain  cost
	packed cost
	in     uint64 // bytes of the stream
	out    uint64 // bytes on the wire
	bufs   sync.Pool
}

// tryEvery is after how many chunks the way that is not taken is tried again.
const tryEvery = 48

// cost is what a byte takes, as a mean in which what was long ago counts less and less.
type cost struct {
	perByte float64 // seconds
	known   bool
}

func (c *cost) add(seconds float64, bytes uint32) {
	now := seconds / float64(bytes)
	if !c.known {
		c.perByte, c.known = now, true
		return
	}
	c.perByte += (now - c.perByte) / 8
}

// pack returns the chunk as it is to be sent, and what to call when it was. The data is valid until then.
func (p *press) pack(h header, data []byte) (header, []byte, func(took time.Duration)) {
	if p.choose() {
		buf, _ := p.bufs.Get().(*[]byte)
		if buf == nil {
			room := make([]byte, s2.MaxEncodedLen(chunkMax))
			buf = &room
		}
		if small := s2.Encode(*buf, data); len(small) < len(data)-len(data)/16 {
			h.packed, h.wire = true, uint32(len(small))
			return h, small, func(took time.Duration) {
				p.sent(&p.packed, h, took)
				p.bufs.Put(buf)
			}
		}
		p.bufs.Put(buf)
		// Nothing was won, and the time was spent all the same.
		return h, data, func(took time.Duration) { p.sent(&p.packed, h, took) }
	}
	return h, data, func(took time.Duration) { p.sent(&p.plain, h, took) }
}

func (p *press) choose() bool {
	if p.mode != "auto" {
		return p.mode == "always"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	if !p.packed.known {
		return p.count%8 == 0
	}
	better := p.packed.perByte < p.plain.perByte
	if p.count%tryEvery == 0 {
		return !better
	}
	return better
}

func (p *press) sent(c *cost, h header, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.add(took.Seconds(), h.length)
	p.in += uint64(h.length)
	p.out += uint64(h.wire)
}

// carried is how many bytes of the stream were sent, and as how many on the wire.
func (p *press) carried() (in, out uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.in, p.out
}

// unpack fills out with what in was made from.
func unpack(out, in []byte) error {
	n, err := s2.DecodedLen(in)
	if err != nil {
		return err
	}
	if n != len(out) {
		return s2.ErrCorrupt
	}
	_, err = s2.Decode(out, in)
	return err
}
