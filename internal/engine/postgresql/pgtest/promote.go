package pgtest

import "fmt"

// fence is fence.sh.
func (s *Server) fence(c call) (string, error) {
	if c.Args[0] != s.unit() {
		return "", fails("Unit %s not found.", c.Args[0])
	}
	s.files.write(c.Args[1]+"/standby.signal", "", c.Args[2])
	s.stop()
	return "", nil
}

// unfence is unfence.sh. The test fails where that makes a second primary.
func (s *Server) unfence(c call) (string, error) {
	for _, other := range s.world.servers {
		if other != s && other.running != nil && !other.running.recovery && other.running.cluster.system == s.cluster().system {
			s.world.t.Errorf("%s: started as a primary while %s is one", s.key(), other.key())
		}
	}
	delete(s.files, c.Args[1]+"/standby.signal")
	if err := s.start(); err != nil {
		return "", fails("%v", err)
	}
	return "", nil
}

// showControl is control.sh.
func (s *Server) showControl(c call) (string, error) {
	x := s.clusterAt(c.Args[1])
	state, fenced := "in production", "open"
	if s.files.has(c.Args[1] + "/standby.signal") {
		fenced = "fenced"
	}
	if s.running == nil && x.clean {
		state = "shut down"
	}
	return fmt.Sprintf("%s\n%s\n%s\n", state, position(x.lsn-shutdownRecord), fenced), nil
}
