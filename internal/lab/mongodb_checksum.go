package lab

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// UUIDs is how the line for the UUIDs of a database's collections ends.
const UUIDs = " UUIDs"

// checksum has one line for the documents of each collection, and two for what there is in each database: collections with
// their options and indexes, and their UUIDs, which a backup's are not. What is each member's own is left out.
func (m mongodb) checksum(ctx context.Context) (string, error) {
	client, err := m.live(ctx)
	if err != nil {
		return "", err
	}
	databases, err := client.ListDatabaseNames(ctx, bson.D{})
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, name := range databases {
		if name == "local" || name == "config" {
			continue
		}
		found, err := client.Database(name).ListCollections(ctx, bson.D{})
		if err != nil {
			return "", err
		}
		var collections []bson.Raw
		if err := found.All(ctx, &collections); err != nil {
			return "", err
		}
		slices.SortFunc(collections, func(a, b bson.Raw) int {
			return strings.Compare(a.Lookup("name").StringValue(), b.Lookup("name").StringValue())
		})
		definitions, ids := sha256.New(), sha256.New()
		for _, c := range collections {
			if name == "admin" && c.Lookup("name").StringValue() == "system.keys" { // which sign a set's time; mongodump leaves them out
				continue
			}
			fmt.Fprintln(definitions, c.Lookup("name"), c.Lookup("type"), c.Lookup("options"))
			fmt.Fprintln(ids, c.Lookup("name"), c.Lookup("info", "uuid"))
			if c.Lookup("type").StringValue() != "collection" {
				continue
			}
			collection := c.Lookup("name").StringValue()
			if err := m.indexes(ctx, name, collection, definitions); err != nil {
				return "", err
			}
			sum := sha256.New()
			if err := m.each(ctx, name, collection, nil, func(doc bson.Raw) { sum.Write(doc) }); err != nil {
				return "", err
			}
			fmt.Fprintf(&out, "%s.%s\t%x\n", name, collection, sum.Sum(nil))
		}
		fmt.Fprintf(&out, "%s\t%x\n%s"+UUIDs+"\t%x\n", name, definitions.Sum(nil), name, ids.Sum(nil))
	}
	return out.String(), nil
}

func (m mongodb) indexes(ctx context.Context, database, collection string, into hash.Hash) error {
	client, err := m.mongo()
	if err != nil {
		return err
	}
	found, err := client.Database(database).Collection(collection).Indexes().List(ctx)
	if err != nil {
		return err
	}
	var indexes []bson.Raw
	if err := found.All(ctx, &indexes); err != nil {
		return err
	}
	var texts []string
	for _, index := range indexes {
		texts = append(texts, index.String())
	}
	slices.Sort(texts)
	fmt.Fprintln(into, strings.Join(texts, "\n"))
	return nil
}
