package labtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/dbbelt/belt/internal/lab"
)

type mongodb struct{}

func (mongodb) Port() string { return "27017" }

func (mongodb) Variables() Variables { return Variables{Prefix: "MONGODB", Set: true} }

// A stopped replica is started and, where the oplog does not reach back, copied anew, in one plan.
func (mongodb) Ways() Ways {
	standIn := lab.IsStandIn(context.Background(), lab.Mongod())
	return Ways{Stopped: "auto", Diverged: "full", LogLost: "auto", Copy: "sync", OneApp: true, Rejoins: true, Instant: standIn}
}

func (mongodb) Compared() (tables, rows int64) { return 5, 10000 }

// Mongo is Server.Mongo that fails the test.
func Mongo(t testing.TB, s *lab.Server, database string, command bson.D, into any) {
	t.Helper()
	if err := s.Mongo(t.Context(), database, command, into); err != nil {
		t.Fatal(err)
	}
}

// count is how many documents a collection has; 0 where the server does not say.
func count(t testing.TB, s *lab.Server, database, collection string) int64 {
	t.Helper()
	var reply struct {
		N int64 `bson:"n"`
	}
	if err := s.Mongo(t.Context(), database, bson.D{{Key: "count", Value: collection}}, &reply); err != nil {
		return 0
	}
	return reply.N
}

func insertMany(t testing.TB, s *lab.Server, database, collection string, n int) {
	t.Helper()
	docs := bson.A{}
	for i := range n {
		docs = append(docs, bson.D{{Key: "_id", Value: i}, {Key: "mark", Value: fmt.Sprintf("mark-%d", i)}})
	}
	Mongo(t, s, database, bson.D{{Key: "insert", Value: collection}, {Key: "documents", Value: docs}}, nil)
}

func (mongodb) OwnData(t testing.TB, s *lab.Server) {
	t.Helper()
	insertMany(t, s, "own", "precious", 1000)
}

func (mongodb) HasOwnData(t testing.TB, s *lab.Server) bool {
	t.Helper()
	return count(t, s, "own", "precious") == 1000
}

func (mongodb) Filled(t testing.TB, s *lab.Server) bool {
	t.Helper()
	return count(t, s, lab.Database, "orders") > 1000
}

func (mongodb) Written(t testing.TB, s *lab.Server) {
	t.Helper()
	insertMany(t, s, "alone", "t", 1)
	Mongo(t, s, "alone", bson.D{{Key: "dropDatabase", Value: 1}}, nil)
}

func (mongodb) Kept(t testing.TB, s *lab.Server) []string {
	t.Helper()
	return split(Exec(t, s, "ls -d /var/lib/mongodb.belt-old-* 2>/dev/null || :"))
}

// Left has no set of one: a primary stays one, for what change streams and transactions need.
func (mongodb) Left(t testing.TB, s *lab.Server) []string {
	t.Helper()
	var left []string
	me, members := members(t, s)
	for _, host := range members {
		name, _, _ := net.SplitHostPort(host)
		if host != me {
			left = append(left, "member "+s.NameAt(name))
		}
	}
	if len(members) == 0 && count(t, s, "local", "system.replset") > 0 {
		left = append(left, "a set in the database local")
	}
	if len(members) == 0 {
		left = append(left, split(Exec(t, s, `grep -E '^ *(replSetName|keyFile|transitionToAuth)' /etc/mongod.conf || :`))...)
	}
	left = append(left, split(Exec(t, s, `ls -d /var/lib/mongodb.belt-new* 2>/dev/null || :`))...)
	return append(left, leftOnServer(t, s)...)
}

// members are the hosts of the set that the server is in, and its own; none of a standalone.
func members(t testing.TB, s *lab.Server) (me string, hosts []string) {
	t.Helper()
	var hello struct {
		Me       string   `bson:"me"`
		Hosts    []string `bson:"hosts"`
		Passives []string `bson:"passives"`
	}
	Mongo(t, s, "admin", bson.D{{Key: "hello", Value: 1}}, &hello)
	return hello.Me, slices.Concat(hello.Hosts, hello.Passives)
}

// AppReads takes the URL that the app reads, which leads to all members, and asks for one that is no primary.
func (mongodb) AppReads(t testing.TB, web, replica *lab.Server) bool {
	t.Helper()
	url := Env(t, web)["MONGODB_URL"]
	if !strings.Contains(url, "replicaSet=") || !strings.Contains(url, lab.Password) {
		t.Errorf("the app reads %q", url)
		return false
	}
	client, err := web.MongoClient(url + "&readPreference=secondary")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context())
	var reply bson.Raw
	one := client.Database(lab.Database).Collection("orders").FindOne(t.Context(), bson.D{{Key: "_id", Value: 7}})
	if reply, err = one.Raw(); err != nil {
		t.Error(err)
	}
	var where struct {
		Me        string `bson:"me"`
		Secondary bool   `bson:"secondary"`
	}
	if err := client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}, options.RunCmd().SetReadPreference(readpref.Secondary())).Decode(&where); err != nil {
		t.Error(err)
	}
	return reply != nil && where.Secondary && where.Me == replica.Internal.String()+":27017"
}

func (mongodb) Encrypted(t testing.TB, _, _ *lab.Server) {
	t.Helper()
	t.Fatal("MongoDB replicates within an app only")
}

// Damages are none: a member has no connection of its own settings, and what keeps one from its set is a copy or a start.
func (mongodb) Damages() []Damage { return nil }

func (mongodb) GiveEveryStepWork(testing.TB, *lab.Server) {}

func (mongodb) LongSteps() []string {
	return []string{"swap.db2", "start.db2", "join.db2", "sync.db2", "sync.db2", "prove.db2"}
}

func (mongodb) Parted(testing.TB, *lab.Server) ([]string, bool) { return nil, true }

// Durable has nothing to say: the lab's writers have each write journaled.
func (mongodb) Durable() string { return "" }

func (mongodb) folders() []string {
	return []string{"/var/lib -maxdepth 1 -name mongodb*", "/var/lib/mongodb -maxdepth 1 -name *belt*"}
}

// state is the options in force, the set with its members, and the accounts.
func (mongodb) state(t testing.TB, s *lab.Server) (string, error) {
	var state strings.Builder
	var line struct {
		Parsed bson.Raw `bson:"parsed"`
	}
	if err := s.Mongo(t.Context(), "admin", bson.D{{Key: "getCmdLineOpts", Value: 1}}, &line); err != nil {
		return "", err
	}
	fmt.Fprintf(&state, "options\t%s\n", line.Parsed)
	var set struct {
		Config struct {
			ID      string     `bson:"_id"`
			Members []bson.Raw `bson:"members"`
		} `bson:"config"`
	}
	var refused mongodriver.CommandError
	err := s.Mongo(t.Context(), "admin", bson.D{{Key: "replSetGetConfig", Value: 1}}, &set)
	switch {
	case errors.As(err, &refused):
		fmt.Fprintf(&state, "set\tnone: %s\n", refused.Name)
	case err != nil:
		return "", err
	default:
		fmt.Fprintf(&state, "set\t%s\n", set.Config.ID)
	}
	for _, m := range set.Config.Members {
		fmt.Fprintf(&state, "member %s\t%s\n", m.Lookup("host"), m)
	}
	var users struct {
		Cursor struct {
			Batch []bson.Raw `bson:"firstBatch"`
		} `bson:"cursor"`
	}
	if err := s.Mongo(t.Context(), "admin", bson.D{{Key: "find", Value: "system.users"}}, &users); err != nil {
		return "", err
	}
	for _, u := range users.Cursor.Batch {
		fmt.Fprintf(&state, "user %s\t%s\n", u.Lookup("_id"), u.Lookup("roles"))
	}
	return state.String(), nil
}
