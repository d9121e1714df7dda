package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Dump writes all databases but local, and with oplog the changes that were made meanwhile. It says what it read.
func Dump(ctx context.Context, c *mongo.Client, to, said io.Writer, oplog bool) error {
	w := &writer{to: to}
	if err := w.put(record{Begin: stamp}); err != nil {
		return err
	}
	var since bson.Timestamp
	if oplog {
		newest, err := changes(ctx, c, -1, 1)
		if err != nil {
			return err
		}
		if len(newest) == 0 {
			return errors.New("error getting oplog start: it is no member of a replica set")
		}
		since = at(newest[0])
	}
	names, err := c.ListDatabaseNames(ctx, bson.D{})
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == "local" {
			continue
		}
		if err := database(ctx, c.Database(name), w, said); err != nil {
			return err
		}
	}
	if oplog {
		all, err := changes(ctx, c, 1, 0)
		if err != nil {
			return err
		}
		if len(all) > 0 && since.Before(at(all[0])) {
			return errors.New("oplog overflow: mongodump was unable to capture all new oplog entries during execution")
		}
		for _, change := range all {
			if since.Before(at(change)) {
				if err := w.put(record{Change: change}); err != nil {
					return err
				}
			}
		}
	}
	return w.put(record{End: w.n})
}

// changes are those of the oplog, the oldest or the newest first.
func changes(ctx context.Context, c *mongo.Client, order, limit int64) (out []bson.Raw, err error) {
	o := options.Find().SetSort(bson.D{{Key: "$natural", Value: int32(order)}}).SetBatchSize(1000)
	if limit > 0 {
		o.SetLimit(limit)
	}
	cursor, err := c.Database("local").Collection("oplog.rs").Find(ctx, bson.D{}, o)
	if err == nil {
		err = cursor.All(ctx, &out)
	}
	return out, err
}

func at(change bson.Raw) bson.Timestamp {
	t, i := change.Lookup("ts").Timestamp()
	return bson.Timestamp{T: t, I: i}
}

// skipped are the collections that mongodump leaves out: a view is made again of what it is, and the others are no data.
var skipped = []string{"system.views", "system.keys", "system.sessions"}

func database(ctx context.Context, db *mongo.Database, w *writer, said io.Writer) error {
	list, err := db.ListCollections(ctx, bson.D{})
	if err != nil {
		return err
	}
	var found []struct {
		Name    string `bson:"name"`
		Type    string `bson:"type"`
		Options bson.D `bson:"options"`
	}
	if err := list.All(ctx, &found); err != nil {
		return err
	}
	for _, one := range found {
		if slices.Contains(skipped, one.Name) {
			continue
		}
		c := collection{Database: db.Name(), Name: one.Name, Options: one.Options}
		if one.Type != "view" {
			indexes, err := db.Collection(one.Name).Indexes().List(ctx)
			if err == nil {
				err = indexes.All(ctx, &c.Indexes)
			}
			if err != nil {
				return err
			}
		}
		if err := w.put(record{Collection: &c}); err != nil {
			return err
		}
		if one.Type == "view" {
			continue
		}
		n, err := documents(ctx, db.Collection(one.Name), w)
		if err != nil {
			return err
		}
		noun := "documents"
		if n == 1 {
			noun = "document"
		}
		fmt.Fprintf(said, "done dumping %s.%s (%d %s)\n", db.Name(), one.Name, n, noun)
	}
	return nil
}

func documents(ctx context.Context, c *mongo.Collection, w *writer) (n int, err error) {
	cursor, err := c.Find(ctx, bson.D{}, options.Find().SetBatchSize(1000))
	if err != nil {
		return 0, err
	}
	defer cursor.Close(ctx)
	for ; cursor.Next(ctx); n++ {
		if err := w.put(record{NS: c.Database().Name() + "." + c.Name(), Document: cursor.Current}); err != nil {
			return n, err
		}
	}
	return n, cursor.Err()
}
