package mongotest

import "go.mongodb.org/mongo-driver/v2/bson"

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
