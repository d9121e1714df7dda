package mover

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// sum counts and hashes a stream, chunk by chunk in order. The hash is over each chunk's number, length and CRC-32C: a
// hash of the bytes themselves would cost a core at the rate of a fast network, and TLS authenticates them already.
type sum struct {
	chunks uint64
	bytes  uint64
	hash   hash.Hash
}

func newSum() *sum { return &sum{hash: sha256.New()} }

func (s *sum) add(length int, crc uint32) {
	var record [16]byte
	binary.BigEndian.PutUint64(record[:], s.chunks)
	binary.BigEndian.PutUint32(record[8:], uint32(length))
	binary.BigEndian.PutUint32(record[12:], crc)
	s.hash.Write(record[:])
	s.chunks++
	s.bytes += uint64(length)
}

// trailer is the frame that ends the stream.
func (s *sum) trailer() header {
	h := header{kind: kindTrailer, number: s.chunks, taken: s.bytes}
	s.hash.Sum(h.hash[:0])
	return h
}
