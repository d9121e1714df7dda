package lab

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// mongoDialer writes as the app does: from one server to another, logged in, and each write acknowledged when it is in the
// journal.
type mongoDialer struct{ on, to *Server }

func (m mongodb) session(from *Server) dialer { return mongoDialer{from, m.Server} }

type mongoSession struct {
	client *mongo.Client
	ctx    context.Context // ends a write that hangs
	lost   bool
}

// way is the server to write from, and where to.
func (d mongoDialer) way() (on *Server, uri string) {
	host, on := "127.0.0.1", d.to
	if d.on != nil {
		host, on = d.to.Internal.String(), d.on
	}
	return on, "mongodb://" + User + ":" + Password + "@" + host + ":27017/" + Database + "?directConnection=true&authMechanism=SCRAM-SHA-256"
}

func (d mongoDialer) dial(ctx context.Context) (session, error) {
	on, uri := d.way()
	client, err := on.MongoClient(uri)
	if err != nil {
		return nil, err
	}
	return &mongoSession{client: client, ctx: ctx}, nil
}

// writeTimeout is for one write: an app would give up as well.
const writeTimeout = 30 * time.Second

func (s *mongoSession) write(table string, id int64) error {
	ctx, cancel := context.WithTimeout(s.ctx, writeTimeout)
	defer cancel()
	journaled := true
	o := options.Collection().SetWriteConcern(&writeconcern.WriteConcern{W: 1, Journal: &journaled})
	_, err := s.client.Database(Database).Collection(table, o).InsertOne(ctx, bson.D{
		{Key: "_id", Value: id}, {Key: "at", Value: time.Now()}, {Key: "filler", Value: filler},
	})
	var refused mongo.ServerError
	s.lost = err != nil && !errors.As(err, &refused)
	return err
}

func (s *mongoSession) broken() bool { return s.lost }

func (s *mongoSession) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.client.Disconnect(ctx) // what is gone takes no farewell
}
