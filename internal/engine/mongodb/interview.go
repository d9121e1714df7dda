package mongodb

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"github.com/dbbelt/belt/pkg/replication"
)

// hello asks a mongod for its part in a set. 4.4.0 and 4.4.1 know the command by its old name only.
func (s *session) hello(ctx context.Context) (h hello, err error) {
	err = s.ask(ctx, "admin", bson.D{{Key: "hello", Value: 1}}, &h)
	if failed(err, codeCommandNotFound) {
		err = s.ask(ctx, "admin", bson.D{{Key: "isMaster", Value: 1}}, &h)
	}
	h.Writable = h.Writable || h.Master
	return h, err
}

// interview asks a mongod that runs; what does not depend on each other is asked side by side.
func (e *Engine) interview(ctx context.Context, f *replication.Facts, n *native) error {
	s, line, err := doorOf(*f).open(ctx, true)
	if err != nil {
		return err
	}
	defer s.close()
	n.Options = line.options()
	if n.Hello, err = s.hello(ctx); err != nil {
		return err
	}
	if n.Hello.Message == "isdbgrid" {
		return fmt.Errorf("%s: a mongos listens on port %d, no mongod", f.Node.Label, n.Port)
	}
	var build struct {
		Version string `bson:"version"`
	}
	readable := n.setName() == "" || n.Hello.Writable || n.Hello.Secondary
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return s.ask(ctx, "admin", bson.D{{Key: "buildInfo", Value: 1}}, &build) })
	all.Go(func() error { return s.fcv(ctx, n) })
	all.Go(func() error { return s.membership(ctx, n) })
	if readable {
		all.Go(func() error { return s.lineage(ctx, f) })
	}
	if n.setName() == "" {
		all.Go(func() (err error) { n.Left, err = s.leftover(ctx); return err })
	}
	if n.Hello.Writable && n.setName() != "" {
		all.Go(func() (err error) { n.Oplog, err = s.oplog(ctx); return err })
	}
	if n.survey != nil {
		all.Go(func() error { return s.work(ctx, n.survey, e.second) })
		if readable {
			all.Go(func() error { return s.sizes(ctx, n.survey) })
		}
	}
	if err := all.Wait(); err != nil {
		return err
	}
	f.Version = build.Version
	return nil
}

func (s *session) fcv(ctx context.Context, n *native) error {
	var reply struct {
		FCV struct {
			Version string `bson:"version"`
		} `bson:"featureCompatibilityVersion"`
	}
	err := s.ask(ctx, "admin", bson.D{{Key: "getParameter", Value: 1}, {Key: "featureCompatibilityVersion", Value: 1}}, &reply)
	if failed(err, codeUnknownFCV) { // a member without data takes it over with its first copy
		return nil
	}
	n.FCV = reply.FCV.Version
	return err
}

// membership asks for the set and the instance's part in it.
func (s *session) membership(ctx context.Context, n *native) error {
	var st status
	switch err := s.ask(ctx, "admin", bson.D{{Key: "replSetGetStatus", Value: 1}, {Key: "initialSync", Value: 1}}, &st); {
	case failed(err, codeNoReplication):
		return nil
	case failed(err, codeNotInitialized, codeInvalidConfig):
		n.Absent = true
		return nil
	case err != nil:
		return err
	}
	n.Status = &st
	config, err := s.config(ctx)
	n.Config = config
	return err
}

// config is the set's configuration.
func (s *session) config(ctx context.Context) (*setConfig, error) {
	var reply struct {
		Config bson.D `bson:"config"`
	}
	if err := s.ask(ctx, "admin", bson.D{{Key: "replSetGetConfig", Value: 1}}, &reply); err != nil {
		return nil, err
	}
	return &setConfig{reply.Config}, nil
}

// leftover is the configuration of a set that a standalone was a member of, and that mongod goes by again once it is started
// for a set; nil for none.
func (s *session) leftover(ctx context.Context) (*setConfig, error) {
	var reply struct {
		Cursor struct {
			Batch []bson.D `bson:"firstBatch"`
		} `bson:"cursor"`
	}
	err := s.ask(ctx, "local", bson.D{{Key: "find", Value: "system.replset"}, {Key: "limit", Value: 1}, {Key: "singleBatch", Value: true}}, &reply)
	if err != nil || len(reply.Cursor.Batch) == 0 {
		return nil, err
	}
	return &setConfig{reply.Cursor.Batch[0]}, nil
}

// lineage is told by the UUID of admin.system.version, a collection that every mongod makes in a new data folder: an initial
// sync takes its source's.
func (s *session) lineage(ctx context.Context, f *replication.Facts) error {
	list, err := s.collections(ctx, "admin", "system.version")
	if err != nil {
		return err
	}
	for _, c := range list {
		f.Identity = hex.EncodeToString(c.Info.UUID.Data)
	}
	return nil
}

// collectionInfo is a collection as listCollections describes it.
type collectionInfo struct {
	Name    string `bson:"name"`
	Type    string `bson:"type"`
	Options bson.D `bson:"options"`
	Info    struct {
		UUID bson.Binary `bson:"uuid"`
	} `bson:"info"`
}

// collections lists those of a database, or the one of that name.
func (s *session) collections(ctx context.Context, db, name string) ([]collectionInfo, error) {
	filter := bson.D{}
	if name != "" {
		filter = bson.D{{Key: "name", Value: name}}
	}
	ctx, cancel := s.bound(ctx, patience)
	defer cancel()
	cursor, err := s.client.Database(db).ListCollections(ctx, filter)
	var out []collectionInfo
	if err == nil {
		err = cursor.All(ctx, &out)
	}
	if err != nil {
		return nil, s.explain(ctx, "listCollections of "+db, err)
	}
	return out, nil
}

// oplog asks how much the oplog holds.
func (s *session) oplog(ctx context.Context) (oplog, error) {
	var o oplog
	var stats struct {
		Max int64 `bson:"maxSize"`
	}
	if err := s.ask(ctx, "local", bson.D{{Key: "collStats", Value: "oplog.rs"}}, &stats); err != nil {
		return o, err
	}
	o.Max = stats.Max
	for order, into := range map[int]*bson.Timestamp{1: &o.First, -1: &o.Last} {
		var reply struct {
			Cursor struct {
				Batch []optime `bson:"firstBatch"`
			} `bson:"cursor"`
		}
		if err := s.ask(ctx, "local", bson.D{
			{Key: "find", Value: "oplog.rs"}, {Key: "sort", Value: bson.D{{Key: "$natural", Value: order}}}, {Key: "limit", Value: 1},
			{Key: "projection", Value: bson.D{{Key: "ts", Value: 1}}}, {Key: "singleBatch", Value: true},
		}, &reply); err != nil {
			return o, err
		}
		for _, entry := range reply.Cursor.Batch {
			*into = entry.TS
		}
	}
	return o, nil
}

// work measures what is going on, over about a second.
func (s *session) work(ctx context.Context, v *survey, second time.Duration) error {
	var before, after serverStatus
	cmd := bson.D{{Key: "serverStatus", Value: 1}, {Key: "wiredTiger", Value: 0}, {Key: "metrics", Value: 0}, {Key: "tcmalloc", Value: 0}}
	if err := s.ask(ctx, "admin", cmd, &before); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(second):
	}
	if err := s.ask(ctx, "admin", cmd, &after); err != nil {
		return err
	}
	v.Engine = after.Engine.Name
	v.Writes = after.writes() - before.writes()
	if span := after.Uptime - before.Uptime; span > 0 {
		v.PerSecond = float64(after.Network.In-before.Network.In) * 1000 / float64(span)
	}
	var ops struct {
		Now []client `bson:"inprog"`
	}
	if err := s.ask(ctx, "admin", bson.D{{Key: "currentOp", Value: 1}, {Key: "$all", Value: true}}, &ops); err != nil {
		return err
	}
	for _, c := range ops.Now {
		if c.foreign() {
			v.Clients = append(v.Clients, c.Client)
		}
	}
	return nil
}

// sizes asks how large the databases are.
func (s *session) sizes(ctx context.Context, v *survey) error {
	var list struct {
		Databases []struct {
			Name string  `bson:"name"`
			Size float64 `bson:"sizeOnDisk"`
		} `bson:"databases"`
	}
	if err := s.ask(ctx, "admin", bson.D{{Key: "listDatabases", Value: 1}}, &list); err != nil {
		return err
	}
	for _, d := range list.Databases {
		if d.Name == "local" {
			continue
		}
		v.DataBytes += int64(d.Size)
		v.Databases = append(v.Databases, d.Name)
	}
	shards, err := s.collections(ctx, "config", "shards")
	v.Sharded = len(shards) > 0
	return err
}
