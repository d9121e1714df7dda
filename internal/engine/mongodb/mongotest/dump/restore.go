package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// The codes of errors that a replayed change may come to.
const (
	codeNamespaceNotFound = 26
	codeIndexNotFound     = 27
	codeNamespaceExists   = 48
)

// Restore writes what an archive has into a server; its changes are replayed where that was asked for. It ends at the first
// thing that fails.
func Restore(ctx context.Context, c *mongo.Client, from io.Reader, said io.Writer, replay bool) error {
	r := &restoring{client: c}
	err := each(from, func(one record) error {
		switch {
		case one.Collection != nil:
			return errors.Join(r.flush(ctx), r.create(ctx, *one.Collection))
		case one.Document != nil:
			return r.add(ctx, one.NS, one.Document)
		case one.Change != nil && replay:
			return errors.Join(r.flush(ctx), r.replay(ctx, one.Change))
		}
		return nil
	})
	if err == nil {
		err = r.flush(ctx)
	}
	if err == nil {
		err = r.index(ctx)
	}
	if err == nil {
		fmt.Fprintf(said, "%d document(s) restored successfully. 0 document(s) failed to restore.\n", r.n)
	}
	return err
}

type restoring struct {
	client *mongo.Client
	ns     string
	batch  bson.A // of ns
	n      int
	made   []collection
}

// own tells whether a collection is the server's own, and has what it should have already.
func own(database, name string) bool {
	return database == "local" || database == "config" || database == "admin" && name == "system.version"
}

func (r *restoring) run(ctx context.Context, database string, command bson.D, may ...int32) error {
	err := r.client.Database(database).RunCommand(ctx, command).Err()
	if refused, ok := errors.AsType[mongo.CommandError](err); ok && slices.Contains(may, refused.Code) {
		return nil
	}
	return err
}

func (r *restoring) create(ctx context.Context, c collection) error {
	if own(c.Database, c.Name) {
		return nil
	}
	r.made = append(r.made, c)
	return r.run(ctx, c.Database, append(bson.D{{Key: "create", Value: c.Name}}, c.Options...))
}

// index makes the indexes after the documents.
func (r *restoring) index(ctx context.Context) error {
	for _, c := range r.made {
		list := bson.A{}
		for _, one := range c.Indexes {
			if !slices.ContainsFunc(one, func(e bson.E) bool { return e.Key == "name" && e.Value == "_id_" }) {
				list = append(list, one)
			}
		}
		if len(list) == 0 {
			continue
		}
		// One that a change dropped with its collection is none of the data.
		err := r.run(ctx, c.Database, bson.D{{Key: "createIndexes", Value: c.Name}, {Key: "indexes", Value: list}}, codeNamespaceNotFound)
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *restoring) add(ctx context.Context, ns string, doc bson.Raw) error {
	if database, name, _ := strings.Cut(ns, "."); own(database, name) {
		return nil
	}
	if ns != r.ns || len(r.batch) == 500 {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	r.ns, r.batch = ns, append(r.batch, doc)
	return nil
}

func (r *restoring) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	batch := r.batch
	r.batch = nil
	r.n += len(batch)
	return r.insert(ctx, r.ns, batch)
}

func (r *restoring) insert(ctx context.Context, ns string, docs bson.A) error {
	database, name, _ := strings.Cut(ns, ".")
	var reply struct {
		N      int        `bson:"n"`
		Errors []bson.Raw `bson:"writeErrors"`
	}
	err := r.client.Database(database).RunCommand(ctx, bson.D{{Key: "insert", Value: name}, {Key: "documents", Value: docs}}).Decode(&reply)
	if err == nil && (reply.N != len(docs) || len(reply.Errors) > 0) {
		err = fmt.Errorf("%s: %d of %d documents were written: %v", ns, reply.N, len(docs), reply.Errors)
	}
	return err
}
