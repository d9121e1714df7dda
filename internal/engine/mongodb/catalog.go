package mongodb

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// catalog is what a server has: its collections by their full names.
type catalog map[string]entry

// entry is a collection or a view.
type entry struct {
	db, name string
	view     bool
	spec     []byte            // its type, options and UUID
	indexes  map[string]string // by name
	byID     bool              // one of them is that of _id
	count    int64
}

// replicated tells whether a collection is the same on every member. config and local are each member's own, and so are
// profiles.
func replicated(db, collection string) bool {
	return db != "local" && db != "config" && collection != "system.profile"
}

// inventory reads the catalog, with the number of documents when asked.
func (s *session) inventory(ctx context.Context, counts bool) (catalog, error) {
	var list struct {
		Databases []struct {
			Name string `bson:"name"`
		} `bson:"databases"`
	}
	if err := s.ask(ctx, "admin", bson.D{{Key: "listDatabases", Value: 1}, {Key: "nameOnly", Value: true}}, &list); err != nil {
		return nil, err
	}
	out := catalog{}
	for _, d := range list.Databases {
		if !replicated(d.Name, "") {
			continue
		}
		collections, err := s.collections(ctx, d.Name, "")
		if err != nil {
			return nil, err
		}
		for _, c := range collections {
			if !replicated(d.Name, c.Name) {
				continue
			}
			e, err := s.describe(ctx, d.Name, c, counts)
			if err != nil {
				return nil, err
			}
			out[d.Name+"."+c.Name] = e
		}
	}
	return out, nil
}

func (s *session) describe(ctx context.Context, db string, c collectionInfo, counts bool) (entry, error) {
	e := entry{db: db, name: c.Name, view: c.Type == "view", indexes: map[string]string{}}
	var err error
	if e.spec, err = bson.Marshal(bson.D{{Key: "type", Value: c.Type}, {Key: "options", Value: c.Options}, {Key: "uuid", Value: c.Info.UUID}}); err != nil {
		return e, err
	}
	if c.Type != "collection" { // a view, or a time series, whose buckets are a collection of their own
		e.view = true
		return e, nil
	}
	bounded, cancel := s.bound(ctx, patience)
	defer cancel()
	cursor, err := s.client.Database(db).Collection(c.Name).Indexes().List(bounded)
	var indexes []bson.Raw
	if err == nil {
		err = cursor.All(bounded, &indexes)
	}
	if err != nil {
		return e, s.explain(bounded, "listIndexes of "+db+"."+c.Name, err)
	}
	for _, index := range indexes {
		name, _ := index.Lookup("name").StringValueOK()
		e.indexes[name] = string(withoutField(index, "ns")) // which 4.2 and older wrote
		key, _ := index.Lookup("key").Document().Elements()
		e.byID = e.byID || len(key) == 1 && key[0].Key() == "_id"
	}
	if counts {
		e.count, err = s.count(ctx, e, nil)
	}
	return e, err
}

// count is the number of a collection's documents. Without a query it is what the server keeps in mind, which is wrong after
// an unclean shutdown.
func (s *session) count(ctx context.Context, e entry, query bson.D) (int64, error) {
	cmd := bson.D{{Key: "count", Value: e.name}}
	if query != nil {
		cmd = append(cmd, bson.E{Key: "query", Value: query})
	}
	var reply struct {
		N int64 `bson:"n"`
	}
	err := s.sayWithin(ctx, 10*patience, e.db, cmd, &reply)
	return reply.N, err
}

// recount counts the documents of a collection one by one.
func (s *session) recount(ctx context.Context, c catalog, name string) (err error) {
	e := c[name]
	e.count, err = s.count(ctx, e, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: bson.MinKey{}}}}})
	c[name] = e
	return err
}

func withoutField(doc bson.Raw, field string) []byte {
	elements, err := doc.Elements()
	if err != nil {
		return doc
	}
	var out bytes.Buffer
	for _, e := range elements {
		if e.Key() != field {
			out.Write(e)
		}
	}
	return out.Bytes()
}

func (c catalog) names() []string {
	var out []string
	for name := range c {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// miscounted tells whether a collection has other numbers of documents on both sides although nothing was written to it.
func (c catalog) miscounted(name string, after, replica catalog) bool {
	return c[name].count == after[name].count && c[name].count != replica[name].count
}

// differences says where a replica's catalog is not the primary's, which was read before and again after it. What changed
// in between is no difference.
func (c catalog) differences(after, replica catalog) []string {
	var out []string
	for _, name := range c.names() {
		was, now := c[name], after[name]
		here, there := replica[name]
		switch {
		case now.indexes == nil || !bytes.Equal(was.spec, now.spec):
			continue // dropped or made anew meanwhile
		case !there:
			out = append(out, name+" is missing")
			continue
		case !bytes.Equal(was.spec, here.spec):
			out = append(out, name+" has other options")
		case c.miscounted(name, after, replica):
			out = append(out, fmt.Sprintf("%s has %d documents, not %d", name, here.count, was.count))
		}
		out = append(out, indexDifferences(name, was, now, here)...)
	}
	for _, name := range replica.names() {
		if c[name].indexes == nil && after[name].indexes == nil {
			out = append(out, name+" is not on the primary")
		}
	}
	return out
}

func indexDifferences(name string, was, now, here entry) []string {
	var out []string
	for index, spec := range was.indexes {
		switch found, there := here.indexes[index]; {
		case now.indexes[index] != spec:
		case !there:
			out = append(out, fmt.Sprintf("index %s of %s is missing", index, name))
		case found != spec:
			out = append(out, fmt.Sprintf("index %s of %s is another one", index, name))
		}
	}
	for index := range here.indexes {
		if was.indexes[index] == "" && now.indexes[index] == "" {
			out = append(out, fmt.Sprintf("index %s of %s is not on the primary", index, name))
		}
	}
	slices.SortFunc(out, strings.Compare)
	return out
}
