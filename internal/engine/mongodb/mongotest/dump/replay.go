package dump

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// change is an entry of the oplog as the double writes it: one that updates has the whole document.
type change struct {
	Op string   `bson:"op"`
	NS string   `bson:"ns"`
	O  bson.Raw `bson:"o"`
	O2 bson.Raw `bson:"o2"`
}

// replay brings a change about, whether the documents that were read show it already or not.
func (r *restoring) replay(ctx context.Context, text bson.Raw) error {
	var c change
	if err := bson.Unmarshal(text, &c); err != nil {
		return err
	}
	database, name, _ := strings.Cut(c.NS, ".")
	if c.Op == "n" || own(database, name) {
		return nil
	}
	switch c.Op {
	case "i":
		return r.put(ctx, database, name, c.O.Lookup("_id"), c.O)
	case "u":
		return r.put(ctx, database, name, c.O2.Lookup("_id"), c.O)
	case "d":
		return r.put(ctx, database, name, c.O.Lookup("_id"), nil)
	case "c":
		return r.command(ctx, database, c.O)
	}
	return fmt.Errorf("a change of the kind %q", c.Op)
}

// put writes a document in place of the one with that _id; nil deletes that.
func (r *restoring) put(ctx context.Context, database, name string, id bson.RawValue, doc bson.Raw) error {
	err := r.run(ctx, database, bson.D{{Key: "delete", Value: name}, {Key: "deletes", Value: bson.A{
		bson.D{{Key: "q", Value: bson.D{{Key: "_id", Value: id}}}, {Key: "limit", Value: int32(1)}},
	}}})
	if err != nil || doc == nil {
		return err
	}
	return r.insert(ctx, database+"."+name, bson.A{doc})
}

func (r *restoring) command(ctx context.Context, database string, o bson.Raw) error {
	var d bson.D
	if err := bson.Unmarshal(o, &d); err != nil {
		return err
	}
	switch d[0].Key {
	case "create":
		return r.run(ctx, database, d, codeNamespaceExists)
	case "createIndexes":
		return r.run(ctx, database, bson.D{d[0], {Key: "indexes", Value: bson.A{d[1:]}}})
	case "drop", "dropIndexes":
		return r.run(ctx, database, d, codeNamespaceNotFound, codeIndexNotFound)
	case "dropDatabase":
		return r.run(ctx, database, d)
	}
	return fmt.Errorf("a change by %s", d[0].Key)
}
