package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

var filler = strings.Repeat("x", 100)

// fill makes collections with each kind of _id, with indexes and values of many types, and one that is capped.
func (m mongodb) fill(ctx context.Context, mb int) error {
	client, err := m.live(ctx)
	if err != nil {
		return err
	}
	db := client.Database(Database)
	random := rand.New(rand.NewPCG(1, uint64(mb)))
	commands := []bson.D{
		{{Key: "createIndexes", Value: "orders"}, {Key: "indexes", Value: bson.A{
			index("customer", bson.D{{Key: "customer", Value: 1}, {Key: "at", Value: -1}}), index("total", bson.D{{Key: "total", Value: 1}}),
		}}},
		{{Key: "createIndexes", Value: "people"}, {Key: "indexes", Value: bson.A{index("name", bson.D{{Key: "name", Value: 1}})}}},
		{{Key: "create", Value: "log"}, {Key: "capped", Value: true}, {Key: "size", Value: 1 << 20}},
		{{Key: "create", Value: "big_orders"}, {Key: "viewOn", Value: "orders"}, {Key: "pipeline", Value: bson.A{
			bson.D{{Key: "$match", Value: bson.D{{Key: "total", Value: bson.D{{Key: "$gt", Value: 900}}}}}},
		}}},
	}
	for _, c := range commands {
		if err := m.Mongo(ctx, Database, c, nil); err != nil {
			return err
		}
	}
	for part := range mb {
		var orders, people, events, log []any
		for i := range 600 {
			id := part*600 + i
			orders = append(orders, bson.D{
				{Key: "_id", Value: id}, {Key: "customer", Value: fmt.Sprintf("customer-%05d", random.IntN(99999))},
				{Key: "total", Value: float64(random.IntN(100000)) / 100}, {Key: "at", Value: time.UnixMilli(1700000000000 + random.Int64N(1e10))},
				{Key: "lines", Value: bson.A{
					bson.D{{Key: "item", Value: random.Int64()}, {Key: "text", Value: words(random, 75)}},
					bson.D{{Key: "item", Value: random.Int64()}, {Key: "text", Value: words(random, 150)}},
				}},
			})
			if i%4 == 0 {
				people = append(people, bson.D{
					{Key: "_id", Value: fmt.Sprintf("person-%06d", id)}, {Key: "name", Value: words(random, 2)}, {Key: "active", Value: id%3 == 0},
					{Key: "photo", Value: bson.Binary{Data: []byte(words(random, 60))}}, {Key: "gone", Value: nil},
				})
				events = append(events, bson.D{
					{Key: "_id", Value: bson.NewObjectID()}, {Key: "what", Value: words(random, 8)}, {Key: "order", Value: int64(id)},
				})
			}
			if i%60 == 0 {
				log = append(log, bson.D{{Key: "_id", Value: id}, {Key: "line", Value: words(random, 10)}})
			}
		}
		for name, docs := range map[string][]any{"orders": orders, "people": people, "events": events, "log": log} {
			if _, err := db.Collection(name).InsertMany(ctx, docs); err != nil {
				return err
			}
		}
	}
	return nil
}

func index(name string, key bson.D) bson.D {
	return bson.D{{Key: "key", Value: key}, {Key: "name", Value: name}}
}

// words are letters that do not compress to nothing, about eight bytes each.
func words(random *rand.Rand, n int) string {
	var out strings.Builder
	for range n {
		fmt.Fprintf(&out, "%s ", fmt.Sprintf("%08x", random.Uint32())[:3+random.IntN(6)])
	}
	return out.String()
}
