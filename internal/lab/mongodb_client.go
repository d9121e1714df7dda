package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// relay connects a client on this machine to an address as a server sees it: no shell of MongoDB is in Debian, and Perl is
// on every Debian.
type relay struct{ container string }

const relayScript = `
use IO::Socket::INET; use IO::Select;
my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 10) or exit 1;
my $ways = IO::Select->new($s, \*STDIN);
sub pass { my ($to, $data) = @_; while (length $data) { my $n = syswrite($to, $data) or exit 1; substr($data, 0, $n) = ""; } }
while (my @ready = $ways->can_read) {
  for my $from (@ready) {
    sysread($from, my $data, 65536) or exit 0;
    pass($from == $s ? \*STDOUT : $s, $data);
  }
}`

// DialContext is the driver's way. Both ends of the program's stdin and stdout are one socket, which has deadlines.
func (r relay) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	mine, theirs := os.NewFile(uintptr(pair[0]), "relay"), os.NewFile(uintptr(pair[1]), "relay")
	defer mine.Close() // FileConn has a copy
	defer theirs.Close()
	cmd := exec.Command("docker", "exec", "-i", r.container, "perl", "-e", relayScript, host, port)
	cmd.Stdin, cmd.Stdout = theirs, theirs
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = cmd.Wait() }() // its end is the connection's
	return net.FileConn(mine)
}

// mongoClients are those of a server's administrator.
type mongoClients struct {
	mu     sync.Mutex
	client *mongo.Client
}

// MongoClient is a client of the mongod at an address of the lab, made from the server.
func (s *Server) MongoClient(uri string) (*mongo.Client, error) {
	return mongo.Connect(options.Client().ApplyURI(uri).SetDialer(relay{s.Container}).SetServerMonitoringMode("poll").
		SetRetryReads(false).SetRetryWrites(false).SetServerSelectionTimeout(15 * time.Second))
}

// live is the client of the server's own mongod, whatever that is in a set, with connections that are not left of the last
// time that it ran.
func (s *Server) live(ctx context.Context) (*mongo.Client, error) {
	if err := s.Mongo(ctx, "admin", bson.D{{Key: "ping", Value: 1}}, nil); err != nil {
		return nil, err
	}
	return s.mongo()
}

func (s *Server) mongo() (*mongo.Client, error) {
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	var err error
	if s.clients.client == nil {
		s.clients.client, err = s.MongoClient("mongodb://127.0.0.1:27017/?directConnection=true")
	}
	return s.clients.client, err
}

// mongoAgain is a new client in the place of one whose connections broke.
func (s *Server) mongoAgain(broken *mongo.Client) (*mongo.Client, error) {
	s.clients.mu.Lock()
	if s.clients.client == broken {
		s.clients.client = nil
	}
	s.clients.mu.Unlock()
	go func() { _ = broken.Disconnect(context.Background()) }() // once nobody uses it
	return s.mongo()
}

// Mongo runs a command on the server's own mongod. into may be nil. After a connection that broke it is sent once more, by
// a client without others of that time: its mongod may have been started again since.
func (s *Server) Mongo(ctx context.Context, database string, command bson.D, into any) error {
	client, err := s.mongo()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	reply := client.Database(database).RunCommand(ctx, command)
	var refused mongo.ServerError
	if err := reply.Err(); mongo.IsNetworkError(err) || err != nil && !errors.As(err, &refused) {
		if client, err = s.mongoAgain(client); err != nil {
			return err
		}
		reply = client.Database(database).RunCommand(ctx, command)
	}
	if err = reply.Err(); err == nil && into != nil {
		err = reply.Decode(into)
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", s.ID(), command[0].Key, err)
	}
	return nil
}

// each calls do with every document of a collection, by _id; with these fields, or all where none are given.
func (s *Server) each(ctx context.Context, database, collection string, fields bson.D, do func(bson.Raw)) error {
	client, err := s.live(ctx)
	if err != nil {
		return err
	}
	o := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetBatchSize(10000)
	if len(fields) > 0 {
		o.SetProjection(fields)
	}
	cursor, err := client.Database(database).Collection(collection).Find(ctx, bson.D{}, o)
	if err != nil {
		return fmt.Errorf("%s: find in %s.%s: %w", s.ID(), database, collection, err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		do(cursor.Current)
	}
	return cursor.Err()
}
