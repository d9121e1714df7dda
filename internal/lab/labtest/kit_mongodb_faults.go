package labtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/lab"
)

// Tamper changes a document while the replica runs outside of its set.
func (k mongodb) Tamper(t testing.TB, primary, replica *lab.Server) Tampered {
	t.Helper()
	insertMany(t, primary, lab.Database, "marks", 5000)
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	back := outside(t, replica)
	Mongo(t, replica, lab.Database, bson.D{{Key: "update", Value: "marks"}, {Key: "updates", Value: bson.A{bson.D{
		{Key: "q", Value: bson.D{{Key: "_id", Value: 3777}}}, {Key: "u", Value: bson.D{{Key: "$set", Value: bson.D{{Key: "mark", Value: "mark-8888"}}}}},
	}}}}, nil)
	back()
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	return Tampered{Object: lab.Database + ".marks", Key: "3777", Other: "3776"}
}

// outside restarts a replica as a standalone with its data; back makes it a member again.
func outside(t testing.TB, replica *lab.Server) (back func()) {
	t.Helper()
	Systemctl(t, replica, "stop")
	Exec(t, replica, `cp -p /etc/mongod.conf /root/member.conf
		sed -i -E 's/^( *)(replSetName|keyFile|transitionToAuth|replication:|security:)/#\1\2/' /etc/mongod.conf`)
	restart(t, replica)
	return func() {
		t.Helper()
		Systemctl(t, replica, "stop")
		Exec(t, replica, `cp -p /root/member.conf /etc/mongod.conf; rm /root/member.conf`)
		restart(t, replica)
	}
}

func restart(t testing.TB, s *lab.Server) {
	t.Helper()
	Systemctl(t, s, "start")
	if err := s.WaitDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Diverge restarts the replica outside of its set, as somebody would who wants to look at its data, and writes to it.
func (mongodb) Diverge(t testing.TB, primary, replica *lab.Server) {
	t.Helper()
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
	outside(t, replica)
	Exec(t, replica, "rm /root/member.conf")
	insertMany(t, replica, lab.Database, "strayed", 1000)
}

func (mongodb) Strayed(t testing.TB, replica *lab.Server) bool {
	t.Helper()
	return count(t, replica, lab.Database, "strayed") == 1000
}

// LoseLog writes more than the oplog holds, which is 990 MB at least; a stand-in's is told to forget.
func (mongodb) LoseLog(t testing.TB, primary, _ *lab.Server) {
	t.Helper()
	if lab.IsStandIn(t.Context(), lab.Mongod()) {
		Exec(t, primary, "mongod --forget")
		return
	}
	var oplog struct {
		MaxSize int64 `bson:"maxSize"`
	}
	Mongo(t, primary, "local", bson.D{{Key: "collStats", Value: "oplog.rs"}}, &oplog)
	const each = 8 << 20
	doc := bson.D{{Key: "_id", Value: 1}, {Key: "flood", Value: strings.Repeat("x", each)}}
	for range 2*oplog.MaxSize/each + 2 {
		Mongo(t, primary, "flood", bson.D{{Key: "insert", Value: "flood"}, {Key: "documents", Value: bson.A{doc}}}, nil)
		Mongo(t, primary, "flood", bson.D{{Key: "delete", Value: "flood"}, {Key: "deletes", Value: bson.A{bson.D{{Key: "q", Value: bson.D{}}, {Key: "limit", Value: 0}}}}}, nil)
	}
	Mongo(t, primary, "flood", bson.D{{Key: "dropDatabase", Value: 1}}, nil)
}

// Busy is somebody who need not log in: the app's account is on the primary alone.
func (mongodb) Busy(t testing.TB, s *lab.Server) (end func()) {
	t.Helper()
	write := func(ctx context.Context, id int) error {
		return s.Mongo(ctx, lab.Database, bson.D{{Key: "insert", Value: "busy"}, {Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: id}}}}}, nil)
	}
	if err := write(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		var err error
		for id := 1; err == nil && ctx.Err() == nil; id++ {
			err = write(ctx, id)
			time.Sleep(10 * time.Millisecond)
		}
		if ctx.Err() != nil {
			err = nil
		}
		ended <- err
	}()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", s, err)
		}
		Mongo(t, s, lab.Database, bson.D{{Key: "drop", Value: "busy"}}, nil)
	}
}
