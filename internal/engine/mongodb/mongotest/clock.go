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

// The world's time stands still, but for a second with each change of data and each start of a process.
const epoch = 1795318000

// tick moves the clock on.
func (w *World) tick() uint32 {
	w.seconds++
	return w.seconds
}

func (w *World) now() bson.DateTime {
	return bson.NewDateTimeFromTime(time.Unix(int64(w.seconds), 0))
}

// next is the place of the next change of a primary.
func (w *World) next(term int64) optime {
	return optime{ts: bson.Timestamp{T: w.tick(), I: 1}, term: term}
}
