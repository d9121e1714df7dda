// Package dump stands in for mongodump and mongorestore. They read and write through MongoDB's protocol as those do: all
// databases, and the changes of the oplog from the dump's time after them. The archive is one of its own, that only this
// package reads.
package dump

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// record is one thing in an archive; one of its kinds is set.
type record struct {
	Begin      string      `bson:"begin,omitempty"` // how the archive begins: what it is
	Collection *collection `bson:"collection,omitempty"`
	NS         string      `bson:"ns,omitempty"` // of Document
	Document   bson.Raw    `bson:"document,omitempty"`
	Change     bson.Raw    `bson:"change,omitempty"` // of the oplog
	End        int64       `bson:"end,omitempty"`    // how the archive ends: how many records there are before this
}

// collection is one without its documents, or a view.
type collection struct {
	Database string   `bson:"database"`
	Name     string   `bson:"name"`
	Options  bson.D   `bson:"options"`
	Indexes  []bson.D `bson:"indexes"`
}

// stamp is at the beginning of each archive.
const stamp = "an archive of what stands in for mongodump"

type writer struct {
	to io.Writer
	n  int64
}

func (w *writer) put(r record) error {
	w.n++
	text, err := bson.Marshal(r)
	if err == nil {
		_, err = w.to.Write(text)
	}
	return err
}

// each reads an archive to its end. One that was cut is an error.
func each(from io.Reader, do func(record) error) error {
	for n := int64(0); ; n++ {
		text, err := next(from)
		if err != nil {
			return err
		}
		var r record
		if err := bson.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("the archive is damaged: %w", err)
		}
		switch {
		case (n == 0) != (r.Begin == stamp):
			return errors.New("this is no archive")
		case r.End == n && n > 0:
			return nil
		case r.End != 0:
			return fmt.Errorf("the archive has %d records and says %d", n, r.End)
		}
		if err := do(r); err != nil {
			return err
		}
	}
}

// next is the next document, which begins with its length.
func next(from io.Reader) (bson.Raw, error) {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, fmt.Errorf("the archive ends too early: %w", err)
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size < 5 || size > 64<<20 {
		return nil, errors.New("this is no archive")
	}
	text := append(head[:], make([]byte, size-4)...)
	if _, err := io.ReadFull(from, text[4:]); err != nil {
		return nil, fmt.Errorf("the archive ends too early: %w", err)
	}
	return text, nil
}
