package pgtest

import (
	"errors"
	"strings"
)

// What happens to servers besides Belt.

// Write changes data on a server that takes writes.
func (s *Server) Write(row string) {
	s.do(func() {
		if s.running == nil || s.running.recovery {
			s.T.Fatalf("%s takes no writes", s.key())
		}
		c := s.running.cluster
		c.catalog.marks = append(c.catalog.marks, row)
		c.lsn += 0x1000
		s.world.settle()
	})
}

// Stop stops the instance.
func (s *Server) Stop() { s.do(s.stop) }

// Crash ends the instance without a shutdown.
func (s *Server) Crash() { s.do(func() { s.running = nil }) }

// Start starts the instance.
func (s *Server) Start() {
	s.do(func() {
		if err := s.start(); err != nil {
			s.T.Fatalf("%s: %v", s.key(), err)
		}
	})
}

// Promote makes a standby take writes of its own, as an accident does.
func (s *Server) Promote() { s.do(s.promote) }

// Lose makes the primary give up the WAL of a slot, and all that is older than now.
func (s *Server) Lose(name string) {
	s.do(func() {
		c := s.running.cluster
		c.slots[name].lost = true
		c.lsn += 2 << 24
		c.kept = c.lsn
		c.catalog.marks = append(c.catalog.marks, "written meanwhile")
	})
}

// DropSlot takes a slot away, as a hand in a hurry does.
func (s *Server) DropSlot(name string) { s.do(func() { delete(s.running.cluster.slots, name) }) }

// DropRole takes a role away.
func (s *Server) DropRole(name string) {
	s.do(func() { delete(s.running.cluster.catalog.roles, name) })
}

// DropRules takes the lines for a replica out of pg_hba.conf.
func (s *Server) DropRules(name string) {
	s.do(func() {
		var kept strings.Builder
		for line := range strings.Lines(s.Files.Read(s.HBA())) {
			if !strings.HasSuffix(line, "# belt:"+name+"\n") {
				kept.WriteString(line)
			}
		}
		s.Files[s.HBA()].Content = kept.String()
		s.reload()
	})
}

// Down makes a server unreachable, or brings it back.
func (s *Server) Down(down bool) {
	s.do(func() {
		if s.Machine.Down = nil; down {
			s.Machine.Down = errors.New("no route to host")
		}
	})
}

// Filter closes the database port on the way to the server.
func (s *Server) Filter() { s.do(func() { s.closed = true }) }

// Break makes something fail from now on: "start" of the instance, "copy", "rewind", "write" of a file, "hba" for an error
// that pg_hba_file_rules names. An empty reason mends it.
func (s *Server) Break(what, why string) { s.do(func() { s.Broken[what] = why }) }

// Configure puts a line into postgresql.conf, in the place of an earlier one, and restarts a running instance.
func (s *Server) Configure(name, value string) {
	s.do(func() {
		var kept strings.Builder
		for line := range strings.Lines(s.Files.Read(s.conf())) {
			if !strings.HasPrefix(line, name+" ") {
				kept.WriteString(line)
			}
		}
		s.Files.Write(s.conf(), kept.String()+name+" = '"+value+"'\n", "postgres")
		if s.running != nil {
			s.stop()
			if err := s.start(); err != nil {
				s.T.Fatalf("%s: %v", s.key(), err)
			}
		}
	})
}

// AlterSystem sets a setting as the operator does, and restarts the instance.
func (s *Server) AlterSystem(name, value string) {
	s.do(func() {
		if err := s.alterSystem(name, &value); err != nil {
			s.T.Fatalf("%s: %v", s.key(), err)
		}
		s.stop()
		if err := s.start(); err != nil {
			s.T.Fatalf("%s: %v", s.key(), err)
		}
	})
}

// AddRule puts a line at the end of pg_hba.conf.
func (s *Server) AddRule(line string) {
	s.do(func() {
		s.Files[s.HBA()].Content += line + "\n"
		s.reload()
	})
}

// EditRules puts lines in front of pg_hba.conf, as an editor does: the instance goes on with what it has read.
func (s *Server) EditRules(lines ...string) {
	s.do(func() {
		f := s.Files[s.HBA()]
		f.Content = strings.Join(lines, "\n") + "\n" + f.Content
	})
}

// AddTablespace makes one at a path.
func (s *Server) AddTablespace(name, place string) {
	s.do(func() {
		s.running.cluster.catalog.spaces[name] = place
		s.Files.Write(s.Data()+"/pg_tblspc/"+name, place, "postgres")
		s.Files.Write(place+"/PG_rows", "rows in "+name, "postgres")
	})
}

// Clone makes the server one that was made from the other's image: same machine, same data, not yet another process.
func (s *Server) Clone(of *Server) {
	s.do(func() {
		s.MachineID = of.MachineID
		s.running.cluster.system = of.running.cluster.system
	})
}

func (s *Server) do(what func()) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	what()
}

// Rows are what the tables of the data in use hold.
func (s *Server) Rows() (rows []string) {
	s.do(func() { rows = append(rows, s.cluster().catalog.marks...) })
	return rows
}

// File is a file's content, and whether it is there.
func (s *Server) File(path string) (text string, ok bool) {
	s.do(func() { text, ok = s.Files.Read(path), s.Files.Has(path) })
	return text, ok
}

// Started tells one start of the instance from another; 0 while it is stopped.
func (s *Server) Started() (at int) {
	s.do(func() {
		if s.running != nil {
			at = s.running.started
		}
	})
	return at
}
