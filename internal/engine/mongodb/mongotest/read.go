package mongotest

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func (r *request) listDatabases() (bson.D, error) {
	s := r.process.store
	list, total := bson.A{}, 0.0
	names := s.names()
	if !s.noLocal {
		names = append(names, "local")
		slices.Sort(names)
	}
	for _, name := range names {
		size := 16384.0
		if d, ok := s.databases[name]; ok {
			if len(d.collections) == 0 {
				continue
			}
			for _, c := range d.collections {
				size += float64(c.size())
			}
		}
		total += size
		list = append(list, bson.D{{Key: "name", Value: name}, {Key: "sizeOnDisk", Value: size}, {Key: "empty", Value: false}})
	}
	return bson.D{{Key: "databases", Value: list}, {Key: "totalSize", Value: total}}, nil
}

// collections are those of a database, local's made as they are needed.
func (r *request) collections() *database {
	s := r.process.store
	if r.db != "local" {
		if d, ok := s.databases[r.db]; ok {
			return d
		}
		return &database{}
	}
	d := &database{collections: map[string]*collection{}}
	if s.noLocal {
		return d
	}
	d.add("startup_log", &collection{indexes: []bson.D{idIndex()}})
	if s.config != nil {
		d.add("system.replset", &collection{indexes: []bson.D{idIndex()}, docs: []bson.Raw{marshal(s.config.doc(r.process.server.world.major()))}})
	}
	if len(s.oplog) > 0 {
		c := &collection{options: bson.D{{Key: "capped", Value: true}}}
		for _, e := range s.oplog {
			c.docs = append(c.docs, e.doc())
		}
		d.add("oplog.rs", c)
	}
	return d
}

// doc is the entry as local.oplog.rs has it.
func (e entry) doc() bson.Raw {
	d := bson.D{{Key: "op", Value: e.op}, {Key: "ns", Value: e.ns}}
	if e.ui.Data != nil {
		d = append(d, bson.E{Key: "ui", Value: e.ui})
	}
	d = append(d, bson.E{Key: "o", Value: e.o})
	if e.o2 != nil {
		d = append(d, bson.E{Key: "o2", Value: e.o2})
	}
	return marshal(append(d, bson.D{{Key: "ts", Value: e.at.ts}, {Key: "t", Value: e.at.term}, {Key: "wall", Value: e.at.date()}, {Key: "v", Value: int64(2)}}...))
}

func (r *request) listCollections() (bson.D, error) {
	filter, _ := value(r.cmd, "filter").(bson.D)
	if f := value(filter, "name"); len(filter) > 1 || len(filter) == 1 && f == nil {
		r.process.server.world.t.Errorf("listCollections with the filter %v", filter)
	}
	d, list := r.collections(), bson.A{}
	for _, name := range d.order {
		c := d.collections[name]
		if f := value(filter, "name"); f != nil && f != name {
			continue
		}
		if c.view {
			kind := "view"
			if hasKey(c.options, "timeseries") {
				kind = "timeseries"
			}
			list = append(list, bson.D{{Key: "name", Value: name}, {Key: "type", Value: kind}, {Key: "options", Value: c.options}, {Key: "info", Value: bson.D{{Key: "readOnly", Value: true}}}})
			continue
		}
		x := bson.D{
			{Key: "name", Value: name}, {Key: "type", Value: "collection"}, {Key: "options", Value: append(bson.D{}, c.options...)},
			{Key: "info", Value: bson.D{{Key: "readOnly", Value: false}, {Key: "uuid", Value: c.uuid}}},
		}
		if len(c.indexes) > 0 {
			x = append(x, bson.E{Key: "idIndex", Value: c.indexes[0]})
		}
		list = append(list, x)
	}
	return r.cursorOf("$cmd.listCollections", list), nil
}

func (r *request) cursorOf(name string, list bson.A) bson.D {
	return bson.D{{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: r.db + "." + name}, {Key: "firstBatch", Value: list}}}}
}

// target is the collection that the command names.
func (r *request) target() (string, *collection) {
	name, _ := r.arg.(string)
	return name, r.collections().collections[name]
}

func (r *request) missing(name string) error {
	return refuse(26, "NamespaceNotFound", "ns does not exist: %s.%s", r.db, name)
}

func (r *request) listIndexes() (bson.D, error) {
	name, c := r.target()
	if c == nil {
		return nil, r.missing(name)
	}
	list := bson.A{}
	for _, x := range c.indexes {
		list = append(list, x)
	}
	return r.cursorOf(name, list), nil
}

func (r *request) dbStats() (bson.D, error) {
	var objects, indexes, views, collections int64
	var size int64
	for _, c := range r.collections().collections {
		if c.view {
			views++
			continue
		}
		collections++
		objects += int64(len(c.docs))
		indexes += int64(len(c.indexes))
		size += c.size()
	}
	return bson.D{
		{Key: "db", Value: r.db}, {Key: "collections", Value: collections}, {Key: "views", Value: views}, {Key: "objects", Value: objects},
		{Key: "dataSize", Value: float64(size)}, {Key: "storageSize", Value: float64(size)}, {Key: "indexes", Value: indexes},
		{Key: "indexSize", Value: float64(4096 * indexes)}, {Key: "totalSize", Value: float64(size + 4096*indexes)}, {Key: "scaleFactor", Value: 1.0},
		{Key: "fsUsedSize", Value: 1e9}, {Key: "fsTotalSize", Value: float64(r.process.server.Free) + 1e9},
	}, nil
}

func (r *request) collStats() (bson.D, error) {
	name, c := r.target()
	if c == nil {
		return nil, r.missing(name)
	}
	_, capped := value(c.options, "capped").(bool)
	d := bson.D{
		{Key: "ns", Value: r.db + "." + name}, {Key: "size", Value: int32(c.size())}, {Key: "count", Value: int32(len(c.docs))},
		{Key: "storageSize", Value: int32(c.size())}, {Key: "capped", Value: capped},
	}
	if r.db == "local" && name == "oplog.rs" {
		d = append(d, bson.E{Key: "maxSize", Value: int64(r.process.store.oplogMB * (1 << 20))})
	}
	return d, nil
}

func (r *request) dbHash() (bson.D, error) {
	d := r.collections()
	hashes, all := bson.D{}, md5.New()
	for _, name := range slices.Sorted(maps.Keys(d.collections)) {
		c := d.collections[name]
		if c.view {
			continue
		}
		h := md5.New()
		for _, doc := range sorted(c.docs) {
			h.Write(doc)
		}
		sum := hex.EncodeToString(h.Sum(nil))
		all.Write([]byte(sum))
		hashes = append(hashes, bson.E{Key: name, Value: sum})
	}
	return bson.D{{Key: "host", Value: r.process.host()}, {Key: "collections", Value: hashes}, {Key: "md5", Value: hex.EncodeToString(all.Sum(nil))}, {Key: "timeMillis", Value: int32(1)}}, nil
}

// sorted are the documents in the order of their _id.
func sorted(docs []bson.Raw) []bson.Raw {
	docs = slices.Clone(docs)
	slices.SortFunc(docs, func(a, b bson.Raw) int { return compare(a.Lookup("_id"), b.Lookup("_id")) })
	return docs
}

func (r *request) validate() (bson.D, error) {
	name, c := r.target()
	if c == nil {
		return nil, r.missing(name)
	}
	return bson.D{
		{Key: "ns", Value: r.db + "." + name}, {Key: "nrecords", Value: int32(len(c.docs))}, {Key: "nIndexes", Value: int32(len(c.indexes))},
		{Key: "valid", Value: true}, {Key: "warnings", Value: bson.A{}}, {Key: "errors", Value: bson.A{}},
	}, nil
}

func (r *request) count() (bson.D, error) {
	_, c := r.target()
	if c == nil {
		return bson.D{{Key: "n", Value: int32(0)}}, nil
	}
	query, _ := value(r.cmd, "query").(bson.D)
	if len(query) == 0 { // that is not counted
		return bson.D{{Key: "n", Value: int32(len(c.docs) + c.off)}}, nil
	}
	n := 0
	for _, d := range c.docs {
		if r.matches(d, query) {
			n++
		}
	}
	return bson.D{{Key: "n", Value: int32(n)}}, nil
}
