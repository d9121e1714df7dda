package dump_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest/dump"
	"github.com/dbbelt/belt/pkg/remote"
)

// way is to the mongod of a server.
type way struct{ server *mongotest.Server }

func (w way) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	return remote.Dial(ctx, w.server.Node("shop").Runner, remote.Tunnel{Address: address})
}

func client(t *testing.T, s *mongotest.Server) *mongo.Client {
	t.Helper()
	c, err := mongo.Connect(options.Client().SetHosts([]string{"127.0.0.1:27017"}).SetDirect(true).SetDialer(way{s}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Disconnect(context.Background()) })
	return c
}

// meanwhile has something happen once the first record is written.
type meanwhile struct {
	bytes.Buffer
	do func()
}

func (m *meanwhile) Write(p []byte) (int, error) {
	n, err := m.Buffer.Write(p)
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return n, err
}

func TestDump(t *testing.T) {
	w := mongotest.New(t, "4.4.6")
	db1, db2 := w.Add("shop", "db1"), w.Add("shop", "db2")
	db1.Initiate("rs0", "10.0.0.21:27017")
	from, into := client(t, db1), client(t, db2)
	do := func(c *mongo.Client, database string, command bson.D) {
		t.Helper()
		if err := c.Database(database).RunCommand(t.Context(), command).Err(); err != nil {
			t.Fatal(err)
		}
	}
	do(into, "shop", bson.D{{Key: "dropDatabase", Value: 1}})
	for i := range 1200 {
		db1.Write(int32(i))
	}
	do(from, "shop", bson.D{{Key: "createIndexes", Value: "orders"}, {Key: "indexes", Value: bson.A{bson.D{{Key: "key", Value: bson.D{{Key: "says", Value: 1}}}, {Key: "name", Value: "says_1"}}}}})
	do(from, "shop", bson.D{{Key: "create", Value: "said"}, {Key: "viewOn", Value: "orders"}, {Key: "pipeline", Value: bson.A{}}})
	do(from, "admin", bson.D{{Key: "createUser", Value: "root"}, {Key: "pwd", Value: "secret"}, {Key: "roles", Value: bson.A{"root"}}})

	// What changes while it is read is in the oplog.
	archive := &meanwhile{}
	archive.do = func() {
		db1.Write("late")
		do(from, "shop", bson.D{{Key: "delete", Value: "orders"}, {Key: "deletes", Value: bson.A{bson.D{{Key: "q", Value: bson.D{{Key: "_id", Value: int32(3)}}}, {Key: "limit", Value: int32(1)}}}}})
		do(from, "shop", bson.D{{Key: "update", Value: "orders"}, {Key: "updates", Value: bson.A{bson.D{
			{Key: "q", Value: bson.D{{Key: "_id", Value: int32(4)}}}, {Key: "u", Value: bson.D{{Key: "$set", Value: bson.D{{Key: "says", Value: "changed"}}}}},
		}}}})
		do(from, "new", bson.D{{Key: "create", Value: "things"}})
	}
	said := &strings.Builder{}
	if err := dump.Dump(t.Context(), from, archive, said, true); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "done dumping shop.orders (1200 documents)\n") && !strings.Contains(said.String(), "done dumping shop.orders (1201 documents)\n") {
		t.Errorf("it said\n%s", said)
	}
	text := archive.Bytes()

	if err := dump.Restore(t.Context(), into, bytes.NewReader(text), io.Discard, true); err != nil {
		t.Fatal(err)
	}
	for name, count := range map[string]int{"orders": 1200, "marks": 1} {
		if n := db2.Count("shop", name); n != count {
			t.Errorf("%s has %d documents, not %d", name, n, count)
		}
	}
	var changed struct {
		Says string `bson:"says"`
	}
	if err := into.Database("shop").Collection("orders").FindOne(t.Context(), bson.D{{Key: "_id", Value: int32(4)}}).Decode(&changed); err != nil || changed.Says != "changed" {
		t.Errorf("%v, %v", changed, err)
	}
	if err := into.Database("shop").Collection("orders").FindOne(t.Context(), bson.D{{Key: "_id", Value: int32(3)}}).Err(); err != mongo.ErrNoDocuments {
		t.Errorf("a document that was deleted is there: %v", err)
	}
	for database, want := range map[string]string{"shop": "marks orders said system.views", "new": "things"} {
		names, err := into.Database(database).ListCollectionNames(t.Context(), bson.D{})
		if err != nil || strings.Join(sorted(names), " ") != want {
			t.Errorf("%s has %q, %v", database, names, err)
		}
	}
	if was, is := indexes(t, from), indexes(t, into); len(was) != 2 || !slices.Equal(was, is) {
		t.Errorf("indexes were %q and are %q", was, is)
	}
	if n := db2.Count("admin", "system.users"); n != 1 {
		t.Errorf("%d accounts", n)
	}

	// One that was cut is told from a whole one, and so is a document that is there already.
	for _, cut := range []int{3, len(text) / 2, len(text) - 1} {
		other := client(t, w.Add("shop", fmt.Sprint("cut", cut)))
		do(other, "shop", bson.D{{Key: "dropDatabase", Value: 1}})
		if err := dump.Restore(t.Context(), other, bytes.NewReader(text[:cut]), io.Discard, true); err == nil || !strings.Contains(err.Error(), "too early") {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	if err := dump.Restore(t.Context(), into, bytes.NewReader(text), io.Discard, true); err == nil {
		t.Error("it was restored over what is there")
	}
	if err := dump.Dump(t.Context(), into, io.Discard, io.Discard, true); err == nil || !strings.Contains(err.Error(), "replica set") {
		t.Errorf("a standalone has no oplog: %v", err)
	}
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

func indexes(t *testing.T, c *mongo.Client) (out []string) {
	t.Helper()
	found, err := c.Database("shop").Collection("orders").Indexes().List(t.Context())
	var all []bson.Raw
	if err == nil {
		err = found.All(t.Context(), &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		out = append(out, one.String())
	}
	return out
}
