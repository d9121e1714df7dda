package mover

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// kind is the first byte of a frame.
type kind byte

const (
	kindChunk   kind = 'C' // number, length, length on the wire, CRC-32C, packed or not; then the bytes
	kindTrailer kind = 'E' // number of chunks, of bytes, hash
	kindAck     kind = 'A' // a chunk or trailer that arrived, and how many chunks the tool has taken
	kindDone    kind = 'D' // the receiver's tool ended well
	kindBye     kind = 'B' // the sender knows it
	kindFail    kind = 'F' // length; then why the end that says so gave up
	kindPing    kind = 'P'
)

const (
	chunkMax = 1 << 20
	textMax  = 4 << 10
	nothing  = ^uint64(0) // the number of an ack that is about no chunk
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is a frame without its bytes. Which fields count depends on the kind.
type header struct {
	kind   kind
	number uint64 // of the chunk; with the trailer: of all chunks
	taken  uint64 // with an ack: chunks that the tool has taken; with the trailer: bytes of the stream
	length uint32 // of the chunk, or of the text
	wire   uint32 // of the chunk as it is sent
	crc    uint32 // of the chunk
	packed bool
	hash   [32]byte
}

const headerMax = 1 + 8 + 8 + 32

// put writes the header into buf and returns how much of it.
func (h header) put(buf *[headerMax]byte) []byte {
	buf[0] = byte(h.kind)
	switch h.kind {
	case kindChunk:
		binary.BigEndian.PutUint64(buf[1:], h.number)
		binary.BigEndian.PutUint32(buf[9:], h.length)
		binary.BigEndian.PutUint32(buf[13:], h.wire)
		binary.BigEndian.PutUint32(buf[17:], h.crc)
		buf[21] = 0
		if h.packed {
			buf[21] = 1
		}
	case kindTrailer:
		binary.BigEndian.PutUint64(buf[1:], h.number)
		binary.BigEndian.PutUint64(buf[9:], h.taken)
		copy(buf[17:], h.hash[:])
	case kindAck:
		binary.BigEndian.PutUint64(buf[1:], h.number)
		binary.BigEndian.PutUint64(buf[9:], h.taken)
	case kindFail:
		binary.BigEndian.PutUint32(buf[1:], h.length)
	}
	return buf[:1+h.kind.size()]
}

// size is how many bytes follow the first one.
func (k kind) size() int {
	switch k {
	case kindChunk:
		return 21
	case kindTrailer:
		return 48
	case kindAck:
		return 16
	case kindFail:
		return 4
	}
	return 0
}

// readHeader reads the next frame's header and refuses what no mover writes.
func readHeader(r io.Reader, buf *[headerMax]byte) (header, error) {
	if _, err := io.ReadFull(r, buf[:1]); err != nil {
		return header{}, err
	}
	h := header{kind: kind(buf[0])}
	if _, err := io.ReadFull(r, buf[1:1+h.kind.size()]); err != nil {
		return h, noEnd(err)
	}
	switch h.kind {
	case kindChunk:
		h.number = binary.BigEndian.Uint64(buf[1:])
		h.length = binary.BigEndian.Uint32(buf[9:])
		h.wire = binary.BigEndian.Uint32(buf[13:])
		h.crc = binary.BigEndian.Uint32(buf[17:])
		h.packed = buf[21] == 1
		if h.length == 0 || h.length > chunkMax || h.wire == 0 || h.wire > h.length || buf[21] > 1 || !h.packed && h.wire != h.length {
			return h, fmt.Errorf("chunk %d of %d bytes, %d on the wire: no mover sends that", h.number, h.length, h.wire)
		}
	case kindTrailer:
		h.number = binary.BigEndian.Uint64(buf[1:])
		h.taken = binary.BigEndian.Uint64(buf[9:])
		copy(h.hash[:], buf[17:])
	case kindAck:
		h.number = binary.BigEndian.Uint64(buf[1:])
		h.taken = binary.BigEndian.Uint64(buf[9:])
	case kindFail:
		h.length = binary.BigEndian.Uint32(buf[1:])
		if h.length > textMax {
			return h, fmt.Errorf("a message of %d bytes: no mover sends that", h.length)
		}
	case kindDone, kindBye, kindPing:
	default:
		return h, fmt.Errorf("a frame of kind %#x: no mover sends that", buf[0])
	}
	return h, nil
}

// noEnd makes the end of the input in the middle of something what it is.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
