package mongotest

import (
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// apply brings a change about, on the primary as on a secondary.
func (s *store) apply(e entry) error {
	db, name, _ := strings.Cut(e.ns, ".")
	c := s.find(db, name)
	switch e.op {
	case "n":
		return nil
	case "i":
		if c == nil {
			return fmt.Errorf("%s is not there", e.ns)
		}
		c.append(e.o)
		return nil
	case "u", "d":
		id := e.o.Lookup("_id")
		if e.op == "u" {
			id = e.o2.Lookup("_id")
		}
		i := -1
		if c != nil {
			i = c.index(id)
		}
		switch {
		case i < 0:
			return fmt.Errorf("%s has no document %s", e.ns, id)
		case e.op == "d":
			c.docs, c.places = slices.Delete(c.docs, i, i+1), nil
		default:
			c.docs = slices.Clone(c.docs)
			c.docs[i] = e.o
		}
		return nil
	case "c":
		return s.command(db, e)
	}
	return fmt.Errorf("the oplog has an operation %q", e.op)
}

// command applies a change of what there is.
func (s *store) command(db string, e entry) error {
	var cmd bson.D
	if err := bson.Unmarshal(e.o, &cmd); err != nil {
		return err
	}
	switch cmd[0].Key {
	case "create":
		name := cmd[0].Value.(string)
		c := &collection{uuid: e.ui, options: cmd[1:]}
		switch {
		case hasKey(cmd, "clusteredIndex"): // a time series' buckets lie in the order of their _id, without an index
		case hasKey(cmd, "viewOn"), hasKey(cmd, "timeseries"):
			c.view = true
		default:
			c.indexes = []bson.D{idIndex()}
		}
		s.db(db).add(name, c)
	case "createIndexes":
		c := s.find(db, cmd[0].Value.(string))
		if c == nil {
			return fmt.Errorf("%s.%s is not there", db, cmd[0].Value)
		}
		c.indexes = append(slices.Clone(c.indexes), cmd[1:])
	case "dropIndexes":
		c := s.find(db, cmd[0].Value.(string))
		name := value(cmd, "index")
		c.indexes = slices.DeleteFunc(slices.Clone(c.indexes), func(d bson.D) bool { return value(d, "name") == name })
	case "drop":
		s.db(db).drop(cmd[0].Value.(string))
	case "dropDatabase":
		delete(s.databases, db)
	default:
		return fmt.Errorf("the oplog has a command %q", cmd[0].Key)
	}
	return nil
}

// value is that of a key; nil when it is not there.
func value(d bson.D, key string) any {
	for _, e := range d {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

func hasKey(d bson.D, key string) bool {
	return slices.ContainsFunc(d, func(e bson.E) bool { return e.Key == key })
}
