package mongotest

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// optime is a place in the stream of changes.
type optime struct {
	ts   bson.Timestamp
	term int64
}

var never = optime{term: -1}

func (o optime) before(p optime) bool {
	if o.term != p.term && o.term >= 0 && p.term >= 0 {
		return o.term < p.term
	}
	return o.ts.Before(p.ts)
}

func (o optime) doc() bson.D { return bson.D{{Key: "ts", Value: o.ts}, {Key: "t", Value: o.term}} }

// date is the second of the optime.
func (o optime) date() bson.DateTime { return bson.NewDateTimeFromTime(time.Unix(int64(o.ts.T), 0)) }

// The world's time stands still, but for a second with each change of data and each start of a process. Where stand-ins
// meet real clients, who compare what one server says now with what another said a moment before, it is the time of day.
const epoch = 1795318000

// read is the time in seconds.
func (w *World) read() uint32 {
	if w.ofDay {
		w.seconds = max(w.seconds, uint32(time.Now().Unix()))
	}
	return w.seconds
}

// tick is the time of an event.
func (w *World) tick() uint32 {
	if !w.ofDay {
		w.seconds++
	}
	return w.read()
}

func (w *World) now() bson.DateTime { return bson.NewDateTimeFromTime(time.Unix(int64(w.read()), 0)) }

// next is the place of the next change of a primary.
func (w *World) next(term int64) optime {
	if now := w.tick(); now > w.last.T {
		w.last = bson.Timestamp{T: now}
	}
	w.last.I++
	return optime{ts: w.last, term: term}
}
