package mongotest

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// What happens to servers besides Belt.

func (s *Server) do(what func()) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	what()
}

// insert adds a document on a server that takes writes; the world is locked.
func (s *Server) insert(db, name string, doc bson.D) {
	if s.run == nil || s.run.set != "" && s.run.state != primary {
		s.world.t.Fatalf("%s takes no writes", s.key())
	}
	if err := s.run.insertInto(db, name, marshal(doc)); err != nil {
		s.world.t.Fatalf("%s: %v", s.key(), err)
	}
	s.world.settle()
}

// Write inserts a document on a server that takes writes.
func (s *Server) Write(id any) {
	s.do(func() { s.insert("shop", "orders", bson.D{{Key: "_id", Value: id}, {Key: "says", Value: "written"}}) })
}

// Measure makes a time series, as a member keeps it from 5.0 on, with so many buckets.
func (s *Server) Measure(name string, buckets int) {
	s.do(func() {
		series := bson.E{Key: "timeseries", Value: bson.D{{Key: "timeField", Value: "at"}, {Key: "granularity", Value: "seconds"}}}
		for _, d := range []bson.D{
			{{Key: "create", Value: "system.buckets." + name}, {Key: "clusteredIndex", Value: true}, series},
			{{Key: "create", Value: name}, series},
		} {
			if err := s.run.record(entry{op: "c", ns: "shop.$cmd", ui: s.world.uuid(), o: marshal(d)}); err != nil {
				s.world.t.Fatalf("%s: %v", s.key(), err)
			}
		}
		for range buckets {
			s.insert("shop", "system.buckets."+name, bson.D{{Key: "_id", Value: s.world.objectID()}, {Key: "data", Value: bson.D{}}})
		}
	})
}

// Stop stops mongod.
func (s *Server) Stop() { s.do(s.stop) }

// Crash kills mongod.
func (s *Server) Crash() {
	s.do(func() {
		s.run.store.torn = s.run.set != ""
		s.kill()
		s.world.settle()
	})
}

// Start starts mongod.
func (s *Server) Start() { s.do(s.mustStart) }

// Down makes a server unreachable, or brings it back.
func (s *Server) Down(down bool) {
	s.do(func() {
		s.down = down
		s.world.settle()
	})
}

// Filter closes the database port on the way to the server.
func (s *Server) Filter() {
	s.do(func() {
		s.closed = true
		s.world.settle()
	})
}

// Hold keeps a member from taking entries of the oplog, or from moving on in its initial sync.
func (s *Server) Hold(hold bool) {
	s.do(func() {
		s.stuck = hold
		s.world.settle()
	})
}

// Linger lets a member that starts be RECOVERING until it was asked for its status that often, as every member is for a moment.
func (s *Server) Linger(times int) { s.do(func() { s.linger = times }) }

// Break makes something fail from now on: "start" of mongod, "write" of a file, "initiate", "reconfig", "sync" for the
// initial sync. An empty reason mends it.
func (s *Server) Break(what, why string) { s.do(func() { s.broken[what] = why }) }

// Forget makes a primary's oplog forget all but its newest entry.
func (s *Server) Forget() {
	s.do(func() { s.run.store.oplog = s.run.store.oplog[len(s.run.store.oplog)-1:] })
}

// Conf replaces mongod.conf, and restarts a mongod that runs.
func (s *Server) Conf(edit func(text string) string) {
	s.do(func() {
		f := s.files[Conf]
		f.content = edit(f.content)
		if s.run != nil {
			s.stop()
			s.mustStart()
		}
	})
}

// Secure turns authorization on, with an account root/secret in admin.
func (s *Server) Secure() {
	s.do(func() {
		r := &request{conn: &conn{process: s.run}, db: "admin", arg: "root", cmd: bson.D{{Key: "pwd", Value: "secret"}, {Key: "roles", Value: bson.A{"root"}}}}
		if _, err := r.createUser(); err != nil {
			s.world.t.Fatalf("%s: %v", s.key(), err)
		}
	})
	s.Conf(func(text string) string {
		return strings.Replace(text, "#security:", "security:\n  authorization: enabled", 1)
	})
}

// Keyfile gives mongod a keyfile of the administrator's, which it takes with its next start.
func (s *Server) Keyfile(path, key string) {
	s.do(func() { s.files.write(path, key, owner, "0400") })
	s.Conf(func(text string) string {
		return strings.Replace(text, "  authorization: enabled", "  authorization: enabled\n  keyFile: "+path, 1)
	})
}

// Initiate makes a server the primary of a set of one, by hand.
func (s *Server) Initiate(set, host string) {
	s.Conf(func(text string) string {
		return strings.Replace(text, "#replication:", "replication:\n  replSetName: "+set, 1)
	})
	s.do(func() {
		r := &request{conn: &conn{process: s.run}, arg: bson.D{{Key: "_id", Value: set}, {Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: int32(0)}, {Key: "host", Value: host}}}}}}
		if _, err := r.initiate(); err != nil {
			s.world.t.Fatalf("%s: %v", s.key(), err)
		}
		s.world.settle()
	})
}

// Change sets fields of a document behind replication's back, or deletes it when there are none.
func (s *Server) Change(db, name string, id any, fields bson.D) {
	s.do(func() {
		c := s.run.store.find(db, name)
		i := c.index(asRaw(id))
		if i < 0 {
			s.world.t.Fatalf("%s: no document %v", s.key(), id)
		}
		if fields == nil {
			c.docs, c.places = append(append([]bson.Raw{}, c.docs[:i]...), c.docs[i+1:]...), nil
			return
		}
		c.docs = append([]bson.Raw{}, c.docs...)
		c.docs[i] = replaced(c.docs[i], bson.D{{Key: "$set", Value: fields}})
	})
}

// ChangeFirst sets fields of a collection's first document behind replication's back.
func (s *Server) ChangeFirst(db, name string, fields bson.D) {
	var id any
	s.do(func() { id = s.run.store.find(db, name).docs[0].Lookup("_id") })
	s.Change(db, name, id, fields)
}

// Miscount has a collection's number of documents be wrong, as it is after an unclean shutdown.
func (s *Server) Miscount(db, name string, by int) {
	s.do(func() { s.run.store.find(db, name).off = by })
}

// Count is the number of documents of a collection.
func (s *Server) Count(db, name string) (n int) {
	s.do(func() {
		if f := s.files[Data+"/"+storage]; f != nil {
			if c := f.store.find(db, name); c != nil {
				n = len(c.docs)
			}
		}
	})
	return n
}

// File is a file's content, and whether it is there.
func (s *Server) File(path string) (text string, ok bool) {
	s.do(func() { text, ok = s.files.read(path), s.files.has(path) })
	return text, ok
}

// Started tells one start of mongod from another; 0 while it is stopped.
func (s *Server) Started() (at uint32) {
	s.do(func() {
		if s.run != nil {
			at = s.run.started
		}
	})
	return at
}

// Expires tells whether mongod lets documents expire (TTL).
func (s *Server) Expires() (does bool) {
	s.do(func() { does = s.run != nil && s.run.expires })
	return does
}

// Votes are those of the set, by host.
func (s *Server) Votes() map[string]int {
	out := map[string]int{}
	s.do(func() {
		if s.run != nil && s.run.store.config != nil {
			for _, m := range s.run.store.config.Members {
				out[m.Host] = int(m.votes())
			}
		}
	})
	return out
}

// Restore fills a folder with a backup of another server, as it comes out of its stream: a standalone's data.
func (s *Server) Restore(from *Server, folder string) (err error) {
	s.do(func() {
		if why := s.broken["copy"]; why != "" {
			err = fails("%s", why)
			return
		}
		copied := from.run.store.clone()
		copied.origin, copied.config, copied.oplog, copied.applied, copied.term = "a backup of "+from.key(), nil, nil, never, 0
		s.files[folder+"/"+storage] = &file{store: copied, owner: owner, mode: "0600"}
	})
	return err
}
