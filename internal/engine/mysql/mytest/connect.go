package mytest

import (
	"errors"
	"slices"
)

// Write adds a row on the server, through its binary log.
func (s *Server) Write(what string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.execute(true, func(d *data) { d.rows = append(d.rows, what) })
}

// StopThreads stops a replica's threads, as an administrator would.
func (s *Server) StopThreads() {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.replicate()
	s.running.data.channel.running = false
}

// Event makes an event, which a replica gets as disabled.
func (s *Server) Event(name string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	first := true
	s.execute(true, func(d *data) {
		state := "SLAVESIDE_DISABLED"
		if first {
			state = "ENABLED"
		}
		first = false
		d.events[name] = state
	})
}

// LetIn lets the account of a replica in from another server, too, as one does that was made by hand.
func (s *Server) LetIn(name, from, other string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.execute(true, func(d *data) { d.accounts[name+"@"+other] = d.accounts[name+"@"+from] })
}

// Has tells whether the running server has a row.
func (s *Server) Has(what string) bool {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return slices.Contains(s.running.data.rows, what)
}

// DropAccount drops the account of a replica, which then no longer gets in.
func (s *Server) DropAccount(name, host string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	for _, other := range s.world.servers {
		other.replicate()
	}
	s.execute(false, func(d *data) {
		delete(d.accounts, name+"@"+host)
		delete(d.grants, name+"@"+host)
	})
}

// Purge deletes the binary logs so far.
func (s *Server) Purge() {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.running.data.purged = len(s.running.data.log)
}

// Halt stops the instance.
func (s *Server) Halt() {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.replicate()
	s.Stop()
}

// Option sets an option in the server's own file and starts it anew.
func (s *Server) Option(name, text string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.Files[s.conf()].Content += name + " = " + text + "\n"
	s.Stop()
	if err := s.Start(); err != nil {
		s.T.Fatalf("%s: %v", s.key(), err)
	}
}

// Break makes something fail from now on: "start", "write", "copy", "prepare".
func (s *Server) Break(what, how string) { s.Broken[what] = how }

// Close filters the database port.
func (s *Server) Close() { s.closed = true }

// Unplug makes the server unreachable.
func (s *Server) Unplug() { s.Machine.Down = errors.New("no route to host") }
