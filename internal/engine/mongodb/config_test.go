package mongodb

import (
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/pkg/replication"
)

// Arbiters have to vote: where one member is made the only voter, they are not in the set.
func TestSoleVoter(t *testing.T) {
	old := func(id int32, host string, more ...bson.E) bson.D {
		return append(bson.D{{Key: "_id", Value: id}, {Key: "host", Value: host}, {Key: "priority", Value: 1.0}, {Key: "votes", Value: int32(1)}}, more...)
	}
	c := &setConfig{bson.D{{Key: "_id", Value: "rs0"}, {Key: "version", Value: int32(4)}, {Key: "members", Value: bson.A{
		old(0, "db1:27017"), old(1, "db2:27017"), old(2, "web1:27017", bson.E{Key: "arbiterOnly", Value: true}),
	}}}}
	if with := (&setConfig{c.sole("db2:27017", true)}).members(); len(with) != 3 || with[2].Votes != 1 || with[0].Votes != 0 {
		t.Errorf("with its arbiter: %+v", with)
	}
	got := (&setConfig{c.sole("db2:27017", false)}).members()
	want := []member{{ID: 0, Host: "db1:27017"}, {ID: 1, Host: "db2:27017", Priority: 1, Votes: 1}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if len(c.members()) != 3 || c.members()[0].Votes != 1 {
		t.Errorf("the configuration before became %+v", c.members())
	}
}

func TestVotersWithArbiters(t *testing.T) {
	hosts := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	for _, c := range []struct{ hosts, arbiters, want int }{
		{1, 0, 1}, {2, 0, 1}, {3, 0, 3}, {4, 0, 3}, {8, 0, 7}, {1, 1, 1}, {2, 1, 2}, {3, 1, 2}, {4, 1, 4}, {8, 1, 6},
	} {
		if got := voters(hosts[:c.hosts], c.arbiters); len(got) != c.want {
			t.Errorf("of %d members with %d arbiters, %d vote; want %d", c.hosts, c.arbiters, len(got), c.want)
		}
	}
}

// A standalone's oplog will be of the size that its configuration gives.
func TestOplogOfTheConfiguredSize(t *testing.T) {
	n := &native{Conf: map[string]string{"replication.oplogSizeMB": "1024"}, survey: &survey{FreeBytes: 400 << 30, PerSecond: 1 << 20, DataBytes: 1 << 30}}
	o := sizeOplog(replication.Facts{Native: n})
	if o.now != 1<<30 || !o.grows() || o.want < day<<20 {
		t.Errorf("%+v", o)
	}
}
