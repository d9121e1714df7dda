package mongotest

import (
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// store is what lies in a data folder.
type store struct {
	origin    string               // the server whose data it is, or was
	databases map[string]*database // without local, which is made of what follows
	config    *config              // local.system.replset
	oplog     []entry              // local.oplog.rs
	oplogMB   float64
	applied   optime
	term      int64
	synced    bool   // it has data: its own, or a whole copy
	torn      bool   // mongod was killed: what came last is only in the oplog
	noLocal   bool   // the database local was dropped, and mongod was not started since
	fcv       string // the feature compatibility version
}

type database struct {
	collections map[string]*collection
	order       []string
}

type collection struct {
	uuid    bson.Binary
	view    bool
	options bson.D
	indexes []bson.D
	docs    []bson.Raw
	off     int            // by which its number of documents is wrong since an unclean shutdown
	places  map[string]int // of documents by their _id; nil where it has to be made anew
}

// entry is a change as the oplog has it.
type entry struct {
	at optime
	op string // i, u, d, c or n
	ns string // "shop.orders"
	ui bson.Binary
	o  bson.Raw // the document, for u the one it becomes; the command for c
	o2 bson.Raw // for u: which document
}

func newStore(fcv string) *store {
	return &store{databases: map[string]*database{}, applied: never, fcv: fcv, oplogMB: 990}
}

func (s *store) db(name string) *database {
	d, ok := s.databases[name]
	if !ok {
		d = &database{collections: map[string]*collection{}}
		s.databases[name] = d
	}
	return d
}

// find returns a collection, nil when there is none.
func (s *store) find(db, name string) *collection {
	if d, ok := s.databases[db]; ok {
		return d.collections[name]
	}
	return nil
}

func (s *store) names() []string { return slices.Sorted(maps.Keys(s.databases)) }

func (s *store) users() []bson.Raw {
	if c := s.find("admin", "system.users"); c != nil {
		return c.docs
	}
	return nil
}

// clone copies everything that may change.
func (s *store) clone() *store {
	out := *s
	out.databases = map[string]*database{}
	for name, d := range s.databases {
		n := &database{collections: map[string]*collection{}, order: slices.Clone(d.order)}
		for k, c := range d.collections {
			x := *c
			x.docs, x.indexes, x.places = slices.Clone(c.docs), slices.Clone(c.indexes), nil
			n.collections[k] = &x
		}
		out.databases[name] = n
	}
	out.oplog = slices.Clone(s.oplog)
	if s.config != nil {
		c := s.config.clone()
		out.config = &c
	}
	return &out
}

// idIndex is the index that every collection has.
func idIndex() bson.D {
	return bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "_id", Value: int32(1)}}}, {Key: "name", Value: "_id_"}}
}

func (d *database) add(name string, c *collection) {
	if _, there := d.collections[name]; !there {
		d.order = append(d.order, name)
	}
	d.collections[name] = c
}

func (d *database) drop(name string) {
	delete(d.collections, name)
	d.order = slices.DeleteFunc(d.order, func(n string) bool { return n == name })
}

// index of the document with that _id, -1 for none.
func (c *collection) index(id bson.RawValue) int {
	name := placeOf(id)
	if name == "" {
		return slices.IndexFunc(c.docs, func(d bson.Raw) bool { return compare(d.Lookup("_id"), id) == 0 })
	}
	if c.places == nil || len(c.places) > len(c.docs) {
		c.places = map[string]int{}
		for i, d := range c.docs {
			c.places[placeOf(d.Lookup("_id"))] = i
		}
	}
	if i, there := c.places[name]; there {
		return i
	}
	return -1
}

// append adds a document at the end.
func (c *collection) append(doc bson.Raw) {
	c.docs = append(c.docs, doc)
	if c.places != nil {
		c.places[placeOf(doc.Lookup("_id"))] = len(c.docs) - 1
	}
}

// placeOf is the same for values that are equal; empty for those that only a comparison can tell.
func placeOf(id bson.RawValue) string {
	switch id.Type {
	case bson.TypeEmbeddedDocument:
		return ""
	case bson.TypeInt32, bson.TypeInt64:
		return fmt.Sprintf("n%d", id.AsInt64())
	case bson.TypeDouble:
		if n := id.Double(); n == float64(int64(n)) {
			return fmt.Sprintf("n%d", int64(n))
		}
	}
	return string(byte(id.Type)) + string(id.Value)
}
