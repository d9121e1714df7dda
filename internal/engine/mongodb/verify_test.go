package mongodb

import (
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/pkg/replication"
)

// verify compares the replica with its primary, in chunks of so many bytes; 0 is as usual.
func (s *scene) verify(chunk int64) replication.Verification {
	s.t.Helper()
	top := s.status()
	v, err := s.engine.Verify(s.t.Context(), *top.Primary, top.Replicas[0].Facts, replication.VerifyOptions{ChunkBytes: chunk}, func(int64, int64, string) {})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func TestVerify(t *testing.T) {
	s := enabled(t, commandEnable, "db2")
	for i := range int32(40) {
		s.primary().Write(i)
	}
	s.primary().Write("an _id of another type")
	if v := s.verify(300); !v.Equal || v.Rows < 42 || v.Tables < 3 {
		t.Errorf("%+v", v)
	}
	s.target().Change("shop", "orders", int32(7), bson.D{{Key: "says", Value: "otherwise"}})
	s.target().Change("shop", "orders", int32(39), nil)
	v := s.verify(300)
	if v.Equal || len(v.Differences) != 2 {
		t.Fatalf("%+v", v)
	}
	for i, want := range []string{`_id={"$numberInt":"7"} differs`, `_id={"$numberInt":"39"} is missing`} {
		if d := v.Differences[i]; d.Object != "shop.orders" || !strings.Contains(d.Detail, want) {
			t.Errorf("%+v, want %s", d, want)
		}
	}
}

// What verify reads is compressed on its way: documents come from both servers to where Belt runs.
func TestVerifyCompresses(t *testing.T) {
	s := enabled(t, commandEnable, "db2")
	const each, documents = 4000, 100
	for i := range int32(documents) {
		s.primary().Write(bson.D{{Key: "n", Value: i}, {Key: "text", Value: strings.Repeat(fmt.Sprintf("order %d of a customer; ", i), each/24)}})
	}
	before := s.Sent()
	if v := s.verify(0); !v.Equal || v.Rows < documents {
		t.Fatalf("%+v", v)
	}
	if sent := s.Sent() - before; sent > each*documents/2 {
		t.Errorf("%d bytes came from the two servers, for %d bytes of documents on each", sent, each*documents)
	}
}

// The buckets of a time series have no index of _id, and are compared in ranges all the same.
func TestVerifyOfATimeSeries(t *testing.T) {
	s := newSceneOf(t, "5.0.31", commandEnable, "db2")
	s.primary().Measure("temperatures", 40)
	s.do(commandEnable, replication.Options{})
	if v := s.verify(300); !v.Equal || v.Rows < 40 {
		t.Errorf("%+v", v)
	}
	s.target().ChangeFirst("shop", "system.buckets.temperatures", bson.D{{Key: "data", Value: "otherwise"}})
	if v := s.verify(300); v.Equal || len(v.Differences) != 1 || v.Differences[0].Object != "shop.system.buckets.temperatures" {
		t.Errorf("%+v", v)
	}
}
