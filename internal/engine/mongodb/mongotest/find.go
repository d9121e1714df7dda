package mongotest

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// cursor is what is left of an answer.
type cursor struct {
	ns   string
	left []bson.Raw
}

func asRaw(v any) bson.RawValue {
	t, data, err := bson.MarshalValue(v)
	if err != nil {
		panic(err)
	}
	return bson.RawValue{Type: t, Value: data}
}

// matches tells whether a document passes a filter of equalities, $in and comparisons.
func (r *request) matches(doc bson.Raw, filter bson.D) bool {
	for _, e := range filter {
		v := doc.Lookup(e.Key)
		terms, ok := e.Value.(bson.D)
		if !ok || len(terms) == 0 || terms[0].Key[0] != '$' {
			if v.IsZero() || compare(v, asRaw(e.Value)) != 0 {
				return false
			}
			continue
		}
		for _, t := range terms {
			if v.IsZero() || !r.term(v, t) {
				return false
			}
		}
	}
	return true
}

func (r *request) term(v bson.RawValue, t bson.E) bool {
	switch t.Key {
	case "$in":
		list, _ := t.Value.(bson.A)
		return slices.ContainsFunc(list, func(x any) bool { return compare(v, asRaw(x)) == 0 })
	case "$gt":
		return compare(v, asRaw(t.Value)) > 0
	case "$gte":
		return compare(v, asRaw(t.Value)) >= 0
	case "$lt":
		return compare(v, asRaw(t.Value)) < 0
	}
	r.process.server.world.t.Errorf("this mongod does not filter by %s", t.Key)
	return false
}

func (r *request) find() (bson.D, error) {
	name, c := r.target()
	ns := r.db + "." + name
	if c == nil {
		return found(0, ns, bson.A{}), nil
	}
	docs := c.docs
	filter, _ := value(r.cmd, "filter").(bson.D)
	sort, _ := value(r.cmd, "sort").(bson.D)
	switch {
	case len(sort) == 0:
	case len(sort) == 1 && sort[0].Key == "$natural":
		if whole64(sort[0].Value) < 0 {
			docs = slices.Clone(docs)
			slices.Reverse(docs)
		}
	case len(sort) == 1 && sort[0].Key == "_id":
		docs = sorted(docs)
		if whole64(sort[0].Value) < 0 {
			slices.Reverse(docs)
		}
	default:
		r.process.server.world.t.Errorf("this mongod does not sort by %v", sort)
	}
	low, _ := value(r.cmd, "min").(bson.D)
	high, _ := value(r.cmd, "max").(bson.D)
	if (low != nil || high != nil) && !hasKey(r.cmd, "hint") {
		return nil, refuse(51173, "Location51173", "A hint must be provided when using min or max")
	}
	if hint := value(r.cmd, "hint"); hint != nil && !slices.ContainsFunc(c.indexes, func(x bson.D) bool {
		return slices.Equal(marshal(hint), marshal(value(x, "key")))
	}) {
		return nil, refuse(2, "BadValue", "error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index")
	}
	var out []bson.Raw
	limit := int(whole64(value(r.cmd, "limit")))
	for _, d := range docs {
		id := d.Lookup("_id")
		if low != nil && compare(id, asRaw(low[0].Value)) < 0 || high != nil && compare(id, asRaw(high[0].Value)) >= 0 {
			continue
		}
		if !r.matches(d, filter) {
			continue
		}
		out = append(out, r.project(d))
		if limit > 0 && len(out) == limit {
			break
		}
	}
	size := 101
	if n, ok := value(r.cmd, "batchSize").(int32); ok {
		size = int(n)
	}
	return r.batch(ns, "firstBatch", out, size, value(r.cmd, "singleBatch") == true), nil
}

// project keeps the fields that are asked for.
func (r *request) project(doc bson.Raw) bson.Raw {
	fields, _ := value(r.cmd, "projection").(bson.D)
	if len(fields) == 0 {
		return doc
	}
	var d, out bson.D
	if err := bson.Unmarshal(doc, &d); err != nil {
		panic(err)
	}
	for _, e := range d {
		switch n := whole64(value(fields, e.Key)); {
		case n == 1, e.Key == "_id" && !hasKey(fields, "_id"):
			out = append(out, e)
		}
	}
	return marshal(out)
}

func whole64(v any) int64 {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case int64:
		return v
	case float64:
		return int64(v)
	}
	return 0
}

// batch is the next part of an answer; what is left waits for getMore.
func (r *request) batch(ns, name string, docs []bson.Raw, size int, single bool) bson.D {
	now := docs[:min(size, len(docs))]
	id := int64(0)
	if left := docs[len(now):]; len(left) > 0 && !single {
		r.process.server.world.ids++
		id = int64(r.process.server.world.ids)
		r.process.server.world.cursors[id] = &cursor{ns: ns, left: left}
	}
	list := bson.A{}
	for _, d := range now {
		list = append(list, d)
	}
	return bson.D{{Key: "cursor", Value: bson.D{{Key: name, Value: list}, {Key: "id", Value: id}, {Key: "ns", Value: ns}}}}
}

func found(id int64, ns string, list bson.A) bson.D {
	return bson.D{{Key: "cursor", Value: bson.D{{Key: "firstBatch", Value: list}, {Key: "id", Value: id}, {Key: "ns", Value: ns}}}}
}

func (r *request) getMore() (bson.D, error) {
	id := whole64(r.arg)
	c, ok := r.process.server.world.cursors[id]
	if !ok {
		return nil, refuse(43, "CursorNotFound", "cursor id %d not found", id)
	}
	delete(r.process.server.world.cursors, id)
	size := len(c.left)
	if n := whole64(value(r.cmd, "batchSize")); n > 0 {
		size = int(n)
	}
	return r.batch(c.ns, "nextBatch", c.left, size, false), nil
}

func (r *request) killCursors() (bson.D, error) {
	ids, _ := value(r.cmd, "cursors").(bson.A)
	for _, id := range ids {
		delete(r.process.server.world.cursors, whole64(id))
	}
	return bson.D{{Key: "cursorsKilled", Value: ids}, {Key: "cursorsNotFound", Value: bson.A{}}, {Key: "cursorsAlive", Value: bson.A{}}, {Key: "cursorsUnknown", Value: bson.A{}}}, nil
}
