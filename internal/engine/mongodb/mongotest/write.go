package mongotest

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// record brings a change about, and writes it into the oplog where there is one.
func (p *process) record(e entry) error {
	if e.op != "c" {
		p.wrote++
	}
	if p.set == "" {
		return p.store.apply(e)
	}
	e.at = p.server.world.next(p.store.term)
	return p.log(e)
}

// written is the reply to a write.
func (r *request) written(n int, more ...bson.E) bson.D {
	d := append(bson.D{{Key: "n", Value: int32(n)}}, more...)
	if p := r.process; p.set != "" {
		d = append(d, bson.D{{Key: "opTime", Value: p.store.applied.doc()}, {Key: "electionId", Value: election(p.store.term)}}...)
	}
	return d
}

// ensure makes the collection where it is not there yet.
func (p *process) ensure(db, name string) error {
	if p.store.find(db, name) != nil {
		return nil
	}
	return p.record(entry{op: "c", ns: db + ".$cmd", ui: p.server.world.uuid(), o: raw("create", name)})
}

func (p *process) insertInto(db, name string, doc bson.Raw) error {
	if err := p.ensure(db, name); err != nil {
		return err
	}
	c := p.store.find(db, name)
	if c.index(doc.Lookup("_id")) >= 0 {
		return refuse(11000, "DuplicateKey", "E11000 duplicate key error collection: %s.%s index: _id_", db, name)
	}
	return p.record(entry{op: "i", ns: db + "." + name, ui: c.uuid, o: doc})
}

// raws are the documents of a list.
func raws(v any) []bson.Raw {
	var out []bson.Raw
	list, _ := v.(bson.A)
	for _, x := range list {
		if doc, ok := x.(bson.Raw); ok {
			out = append(out, doc)
			continue
		}
		out = append(out, marshal(x))
	}
	return out
}

func (r *request) insert() (bson.D, error) {
	name, _ := r.arg.(string)
	docs := raws(value(r.cmd, "documents"))
	for i, doc := range docs {
		if err := r.process.insertInto(r.db, name, doc); err != nil {
			dup, ok := err.(*refusal)
			if !ok {
				return nil, err
			}
			return r.written(i, bson.E{Key: "writeErrors", Value: bson.A{bson.D{{Key: "index", Value: int32(i)}, {Key: "code", Value: dup.code}, {Key: "errmsg", Value: dup.text}}}}), nil
		}
	}
	return r.written(len(docs)), nil
}

func (r *request) update() (bson.D, error) {
	name, c := r.target()
	n := 0
	for _, u := range raws(value(r.cmd, "updates")) {
		var one struct {
			Q bson.D `bson:"q"`
			U bson.D `bson:"u"`
		}
		if err := bson.Unmarshal(u, &one); err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		for _, doc := range slices.Clone(c.docs) {
			if !r.matches(doc, one.Q) {
				continue
			}
			after := replaced(doc, one.U)
			if err := r.process.record(entry{op: "u", ns: r.db + "." + name, ui: c.uuid, o: after, o2: marshal(bson.D{{Key: "_id", Value: doc.Lookup("_id")}})}); err != nil {
				return nil, err
			}
			n++
			break
		}
	}
	return r.written(n, bson.E{Key: "nModified", Value: int32(n)}), nil
}

// replaced is the document after an update: fields set, or all of it.
func replaced(doc bson.Raw, u bson.D) bson.Raw {
	var d bson.D
	if err := bson.Unmarshal(doc, &d); err != nil {
		panic(err)
	}
	set, ok := value(u, "$set").(bson.D)
	if !ok {
		return marshal(append(bson.D{{Key: "_id", Value: doc.Lookup("_id")}}, u...))
	}
	for _, e := range set {
		if i := slices.IndexFunc(d, func(x bson.E) bool { return x.Key == e.Key }); i >= 0 {
			d[i].Value = e.Value
		} else {
			d = append(d, e)
		}
	}
	return marshal(d)
}

func (r *request) delete() (bson.D, error) {
	name, c := r.target()
	n := 0
	for _, x := range raws(value(r.cmd, "deletes")) {
		var one struct {
			Q     bson.D `bson:"q"`
			Limit int32  `bson:"limit"`
		}
		if err := bson.Unmarshal(x, &one); err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		for _, doc := range slices.Clone(c.docs) {
			if !r.matches(doc, one.Q) {
				continue
			}
			if err := r.process.record(entry{op: "d", ns: r.db + "." + name, ui: c.uuid, o: marshal(bson.D{{Key: "_id", Value: doc.Lookup("_id")}})}); err != nil {
				return nil, err
			}
			if n++; one.Limit == 1 {
				break
			}
		}
	}
	return r.written(n), nil
}

func (r *request) create() (bson.D, error) {
	name, c := r.target()
	if c != nil {
		return nil, refuse(48, "NamespaceExists", "Collection already exists. NS: %s.%s", r.db, name)
	}
	d := bson.D{{Key: "create", Value: name}}
	for _, e := range r.cmd {
		if !slices.Contains(anywhere, e.Key) {
			d = append(d, e)
		}
	}
	if hasKey(d, "viewOn") {
		if err := r.process.ensure(r.db, "system.views"); err != nil {
			return nil, err
		}
	}
	return nil, r.process.record(entry{op: "c", ns: r.db + ".$cmd", ui: r.process.server.world.uuid(), o: marshal(d)})
}

func (r *request) createIndexes() (bson.D, error) {
	name, c := r.target()
	made := c == nil
	if err := r.process.ensure(r.db, name); err != nil {
		return nil, err
	}
	c = r.process.store.find(r.db, name)
	before := len(c.indexes)
	for _, x := range raws(value(r.cmd, "indexes")) {
		var spec bson.D
		if err := bson.Unmarshal(x, &spec); err != nil {
			return nil, err
		}
		spec = slices.DeleteFunc(spec, func(e bson.E) bool { return e.Key == "v" })
		if slices.ContainsFunc(c.indexes, func(x bson.D) bool { return value(x, "name") == value(spec, "name") }) {
			continue
		}
		o := append(bson.D{{Key: "createIndexes", Value: name}, {Key: "v", Value: int32(2)}}, spec...)
		if err := r.process.record(entry{op: "c", ns: r.db + ".$cmd", ui: c.uuid, o: marshal(o)}); err != nil {
			return nil, err
		}
	}
	after := len(r.process.store.find(r.db, name).indexes)
	return bson.D{
		{Key: "createdCollectionAutomatically", Value: made}, {Key: "numIndexesBefore", Value: int32(before)}, {Key: "numIndexesAfter", Value: int32(after)},
	}, nil
}

func (r *request) dropIndexes() (bson.D, error) {
	name, c := r.target()
	if c == nil {
		return nil, r.missing(name)
	}
	return nil, r.process.record(entry{op: "c", ns: r.db + ".$cmd", ui: c.uuid, o: raw("dropIndexes", name, "index", value(r.cmd, "index"))})
}

func (r *request) drop() (bson.D, error) {
	name, c := r.target()
	if c == nil {
		return nil, refuse(26, "NamespaceNotFound", "ns not found")
	}
	return bson.D{{Key: "ns", Value: r.db + "." + name}}, r.process.record(entry{op: "c", ns: r.db + ".$cmd", ui: c.uuid, o: raw("drop", name)})
}

func (r *request) dropDatabase() (bson.D, error) {
	p := r.process
	reply := bson.D{{Key: "dropped", Value: r.db}}
	if r.db == "local" {
		p.store.config, p.store.oplog, p.store.applied, p.store.term, p.store.noLocal = nil, nil, never, 0, true
		return reply, nil
	}
	if _, ok := p.store.databases[r.db]; !ok {
		return nil, nil
	}
	return reply, p.record(entry{op: "c", ns: r.db + ".$cmd", o: raw("dropDatabase", int32(1))})
}
