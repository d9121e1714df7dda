package mover

import (
	"fmt"
	"hash/crc32"
	"io"
)

// corruptMax is how many damaged chunks are asked for again; more are no accident.
const corruptMax = 8

// incoming is the receiver's side of the stream.
type incoming struct {
	window uint64
	alive  func() // called for each frame from the other end

	fate
	waiting map[uint64][]byte // chunks that arrived and are not yet taken
	crcs    map[uint64]uint32
	free    [][]byte
	taken   uint64 // chunks that the tool has taken
	bytes   uint64
	trailer *header
	corrupt int
	acks    map[*line][]uint64 // arrived on a connection, to be said there
}

func newIncoming(window uint64, alive func()) *incoming {
	i := &incoming{window: window, alive: alive, waiting: map[uint64][]byte{}, crcs: map[uint64]uint32{}, acks: map[*line][]uint64{}}
	i.init()
	return i
}

func (i *incoming) heard() { i.alive() }

// write gives the tool the chunks in order, until the trailer; it returns nil only when all is as the trailer says.
func (i *incoming) write(tool io.Writer) error {
	total := newSum()
	for {
		data, crc, err := i.nextChunk()
		if err != nil {
			return err
		}
		if data == nil {
			break
		}
		if _, err := tool.Write(data); err != nil {
			return fmt.Errorf("write to the tool: %w", err)
		}
		total.add(len(data), crc)
		i.took(data)
	}
	if own := total.trailer(); own != *i.trailer {
		return fmt.Errorf("the stream is not what was sent: %d chunks with %d bytes arrived, %d with %d were sent, or their hashes differ",
			own.number, own.taken, i.trailer.number, i.trailer.taken)
	}
	return nil
}

// nextChunk waits for the next chunk in order; no data is the end of the stream.
func (i *incoming) nextChunk() ([]byte, uint32, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for {
		data, here := i.waiting[i.taken]
		err := i.brokenLocked()
		switch {
		case err != nil:
			return nil, 0, err
		case here:
			return data, i.crcs[i.taken], nil
		case i.trailer != nil && i.trailer.number <= i.taken:
			return nil, 0, nil
		}
		i.changed.Wait()
	}
}

func (i *incoming) took(data []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.waiting, i.taken)
	delete(i.crcs, i.taken)
	i.free = append(i.free, data[:cap(data)])
	i.taken++
	i.bytes += uint64(len(data))
	i.changed.Broadcast()
}

func (i *incoming) hear(l *line, h header) error {
	switch h.kind {
	case kindChunk:
		return i.chunk(l, h)
	case kindTrailer:
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.trailer != nil && *i.trailer != h || h.number < i.taken {
			return fmt.Errorf("a second trailer that says something else")
		}
		i.trailer = &h
		i.acks[l] = append(i.acks[l], h.number)
		i.changed.Broadcast()
	case kindFail:
		return i.hearFailure(l, h)
	case kindBye:
		i.mu.Lock()
		defer i.mu.Unlock()
		if !i.done {
			return fmt.Errorf("a farewell before the end")
		}
		i.parted = true
		i.changed.Broadcast()
		return errOver
	case kindPing:
	default:
		return fmt.Errorf("a frame of kind %q at the receiver", h.kind)
	}
	return nil
}

// chunk reads the bytes of a chunk. One that is here already, from a connection that broke before it could say so, is
// acknowledged again.
func (i *incoming) chunk(l *line, h header) error {
	data, err := i.buffer(h)
	if err != nil {
		return err
	}
	wire := data[:h.wire]
	if h.packed {
		if l.packed == nil {
			l.packed = make([]byte, chunkMax)
		}
		wire = l.packed[:h.wire]
	}
	if _, err = io.ReadFull(l, wire); err != nil {
		i.release(data)
		return noEnd(err)
	}
	if h.packed {
		err = unpack(data[:h.length], wire)
	}
	if err == nil && crc32.Checksum(data[:h.length], castagnoli) != h.crc {
		err = fmt.Errorf("its checksum is wrong")
	}
	if err != nil {
		i.release(data)
		return i.damaged(fmt.Errorf("chunk %d arrived damaged: %w", h.number, err))
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.acks[l] = append(i.acks[l], h.number)
	if _, here := i.waiting[h.number]; here || h.number < i.taken {
		i.free = append(i.free, data)
	} else {
		i.waiting[h.number] = data[:h.length]
		i.crcs[h.number] = h.crc
	}
	i.changed.Broadcast()
	return nil
}

func (i *incoming) buffer(h header) ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if h.number >= i.taken+i.window || i.trailer != nil && h.number >= i.trailer.number {
		return nil, fmt.Errorf("chunk %d comes out of turn", h.number)
	}
	if len(i.free) > 0 {
		buf := i.free[len(i.free)-1]
		i.free = i.free[:len(i.free)-1]
		return buf, nil
	}
	return make([]byte, chunkMax), nil
}

func (i *incoming) release(buf []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.free = append(i.free, buf)
}

// damaged ends the connection, so that the chunk is sent again on another; too many end the stream.
func (i *incoming) damaged(err error) error {
	i.mu.Lock()
	i.corrupt++
	many := i.corrupt > corruptMax
	i.mu.Unlock()
	if many {
		i.fail(err)
	}
	return err
}

// speak says which chunks arrived on this connection and how many the tool has taken, and then the last word.
func (i *incoming) speak(l *line) error {
	said := nothing // how many were taken when it was said last
	for {
		h, text := i.word(l, &said)
		if h.kind == kindPing {
			return nil
		}
		err := l.send(h, text)
		if h.kind == kindFail && err == nil {
			err = l.part()
		}
		if h.kind != kindAck {
			i.said(l, h.kind, err)
		}
		if err != nil || h.kind == kindFail {
			return err
		}
	}
}

// word waits for what is to be said on the connection; a ping stands for nothing more.
func (i *incoming) word(l *line, said *uint64) (header, []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for {
		acks := i.acks[l]
		switch {
		case l.dropped:
			return header{kind: kindPing}, nil
		case i.failure != nil && i.saying == kindPing:
			i.saying = kindFail
			text := failText(i.failure)
			return header{kind: kindFail, length: uint32(len(text))}, text
		case i.failure != nil, i.peer != nil:
		case len(acks) > 0:
			i.acks[l] = acks[1:]
			*said = i.taken
			return header{kind: kindAck, number: acks[0], taken: i.taken}, nil
		case *said != i.taken:
			*said = i.taken
			return header{kind: kindAck, number: nothing, taken: i.taken}, nil
		case i.done && i.saying == kindPing:
			i.saying = kindDone
			return header{kind: kindDone}, nil
		}
		i.changed.Wait()
	}
}

// said takes down whether a last word got out. That the tool is done is said again on the next connection, until the
// sender says farewell.
func (i *incoming) said(l *line, what kind, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err != nil {
		i.saying = kindPing
	}
	l.parting = err == nil && what == kindFail
	i.changed.Broadcast()
}

func (i *incoming) lost(l *line) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case l.parting:
		i.parted = true
	case i.saying == kindDone && !i.parted:
		i.saying = kindPing // it may not have been heard
	}
	delete(i.acks, l)
	i.changed.Broadcast()
}

// finished says that the tool has ended well.
func (i *incoming) finished() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.failure == nil && i.peer == nil {
		i.done = true
	}
	i.changed.Broadcast()
}

// count is how many bytes the tool has taken.
func (i *incoming) count() uint64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.bytes
}
