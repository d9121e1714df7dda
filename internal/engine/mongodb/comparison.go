package mongodb

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// comparison is one under way.
type comparison struct {
	replication.Verification
	primary, replica *session
	chunk            int64 // bytes compared at once
	rate             int64 // bytes a second read on each side; 0 for no limit
	patience         time.Duration
	report           plan.Progress
	done, total      int64
	begun            time.Time
}

const (
	defaultChunk    = 8 << 20
	defaultPatience = 2 * time.Minute
	mostPerPlace    = 50 // differences named in one collection
)

func newComparison(p, r *session, opts replication.VerifyOptions, report plan.Progress) *comparison {
	c := &comparison{primary: p, replica: r, chunk: opts.ChunkBytes, rate: opts.MaxRate, patience: opts.Patience, report: report, begun: time.Now()}
	if c.chunk == 0 {
		c.chunk = defaultChunk
	}
	if c.patience == 0 {
		c.patience = defaultPatience
	}
	return c
}

// level waits until the replica has taken all that the primary has now.
func (c *comparison) level(ctx context.Context) error {
	goal, err := applied(ctx, c.primary)
	if err != nil {
		return err
	}
	err = replica.Until(ctx, c.patience, func(ctx context.Context) (bool, error) {
		at, err := applied(ctx, c.replica)
		return at.reached(goal), err
	})
	if isNotYet(err) {
		return &replication.NotReadyError{Err: fmt.Errorf("%s: does not come up to where its primary was %s ago", c.replica.runner.Server(), c.patience)}
	}
	return err
}

func applied(ctx context.Context, s *session) (optime, error) {
	var st status
	err := s.ask(ctx, "admin", bson.D{{Key: "replSetGetStatus", Value: 1}}, &st)
	return st.Optimes.Applied, err
}

// span is a range of _id: from the first, which is in it, to the last, which is not; one that is empty is open.
type span struct{ from, to bson.RawValue }

// of is how a range of a collection is read, in the order of _id. The buckets of a time series lie in that order, and have no
// index for it; their _id are all of one type.
func (in span) of(e entry) (bson.D, *options.FindOptionsBuilder) {
	o := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}})
	if !e.byID {
		bounds := bson.D{}
		for _, b := range []bson.E{{Key: "$gte", Value: in.from}, {Key: "$lt", Value: in.to}} {
			if !b.Value.(bson.RawValue).IsZero() {
				bounds = append(bounds, b)
			}
		}
		o.SetAllowDiskUse(true)
		if len(bounds) == 0 {
			return bson.D{}, o
		}
		return bson.D{{Key: "_id", Value: bounds}}, o
	}
	o.SetHint(bson.D{{Key: "_id", Value: 1}})
	if !in.from.IsZero() {
		o.SetMin(bson.D{{Key: "_id", Value: in.from}})
	}
	if !in.to.IsZero() {
		o.SetMax(bson.D{{Key: "_id", Value: in.to}})
	}
	return bson.D{}, o
}

// hashes are those of documents, by _id.
type hashes map[string][sha256.Size]byte

type document struct {
	id  bson.RawValue
	sum [sha256.Size]byte
}

// key is an _id with its type.
func key(id bson.RawValue) string { return string(byte(id.Type)) + string(id.Value) }

// read reads a range, up to about that many bytes; 0 for all. next is where it stopped.
func (c *comparison) read(ctx context.Context, s *session, e entry, in span, most int64) (docs []document, next bson.RawValue, err error) {
	filter, o := in.of(e)
	bounded, cancel := s.bound(ctx, 10*patience)
	defer cancel()
	cursor, err := s.client.Database(e.db).Collection(e.name).Find(bounded, filter, o)
	if err != nil {
		return nil, next, s.explain(bounded, "find in "+e.db+"."+e.name, err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	var size int64
	for cursor.Next(bounded) {
		id := cursor.Current.Lookup("_id")
		id.Value = append([]byte(nil), id.Value...) // the cursor uses its memory again
		if most > 0 && size >= most {
			return docs, id, nil
		}
		size += int64(len(cursor.Current))
		docs = append(docs, document{id, sha256.Sum256(cursor.Current)})
		if s == c.primary {
			c.done += int64(len(cursor.Current))
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, next, s.explain(bounded, "find in "+e.db+"."+e.name, err)
	}
	return docs, next, nil
}

// collection compares the documents of one.
func (c *comparison) collection(ctx context.Context, e entry) error {
	name := e.db + "." + e.name
	found := 0
	for at := (span{}); ; {
		docs, next, err := c.read(ctx, c.primary, e, at, c.chunk)
		if err != nil {
			return err
		}
		if err := c.level(ctx); err != nil {
			return err
		}
		at.to = next
		copies, _, err := c.read(ctx, c.replica, e, at, 0)
		if err != nil {
			return err
		}
		c.Rows += int64(len(docs))
		for _, id := range suspects(docs, copies) {
			differs, err := c.settle(ctx, e, id)
			if err != nil {
				return err
			}
			if differs == "" {
				continue
			}
			if found++; found > mostPerPlace {
				c.Differences = append(c.Differences, replication.Difference{Object: name, Detail: fmt.Sprintf("more than %d documents; the rest of it was not compared", mostPerPlace)})
				return nil
			}
			c.Differences = append(c.Differences, replication.Difference{Object: name, Detail: differs})
		}
		c.report(c.done, max(c.total, c.done), name)
		if next.IsZero() {
			return nil
		}
		at = span{from: next}
		if err := c.pace(ctx); err != nil {
			return err
		}
	}
}

// suspects are the _id of documents that one side has not, or has otherwise.
func suspects(docs, copies []document) []bson.RawValue {
	here := hashes{}
	for _, d := range copies {
		here[key(d.id)] = d.sum
	}
	var out []bson.RawValue
	for _, d := range docs {
		if sum, there := here[key(d.id)]; !there || sum != d.sum {
			out = append(out, d.id)
		}
		delete(here, key(d.id))
	}
	for _, d := range copies {
		if _, extra := here[key(d.id)]; extra {
			out = append(out, d.id)
		}
	}
	return out
}

// pace keeps to the rate.
func (c *comparison) pace(ctx context.Context) error {
	if c.rate <= 0 {
		return nil
	}
	due := c.begun.Add(time.Duration(float64(c.done) / float64(c.rate) * float64(time.Second)))
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(time.Until(due)):
		return nil
	}
}

// sure is how often a document has to differ while the primary's stands still.
const sure = 3

// settle looks again at a document that differed, and says how it differs; empty when it does not.
func (c *comparison) settle(ctx context.Context, e entry, id bson.RawValue) (string, error) {
	times, differs := 0, ""
	err := replica.Until(ctx, c.patience, func(ctx context.Context) (bool, error) {
		before, err := c.one(ctx, c.primary, e, id)
		if err != nil {
			return false, err
		}
		if err := c.level(ctx); err != nil {
			return false, err
		}
		here, err := c.one(ctx, c.replica, e, id)
		if err != nil {
			return false, err
		}
		after, err := c.one(ctx, c.primary, e, id)
		if err != nil {
			return false, err
		}
		switch {
		case string(here) == string(before), string(here) == string(after):
			differs = ""
			return true, nil
		case string(before) != string(after):
			times = 0 // it changes under our hands
			return false, nil
		}
		differs = difference(id, before, here)
		times++
		return times >= sure, nil
	})
	if isNotYet(err) { // it changed all the time: nothing can be said
		return "", nil
	}
	return differs, err
}

func difference(id bson.RawValue, primary, replica bson.Raw) string {
	name := "document _id=" + id.String()
	switch {
	case replica == nil:
		return name + " is missing"
	case primary == nil:
		return name + " is not on the primary"
	}
	return name + " differs"
}

// one is a document by its _id; nil for none.
func (c *comparison) one(ctx context.Context, s *session, e entry, id bson.RawValue) (bson.Raw, error) {
	bounded, cancel := s.bound(ctx, patience)
	defer cancel()
	raw, err := s.client.Database(e.db).Collection(e.name).FindOne(bounded, bson.D{{Key: "_id", Value: id}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	if err != nil {
		return nil, s.explain(bounded, "find in "+e.db+"."+e.name, err)
	}
	return raw, nil
}
