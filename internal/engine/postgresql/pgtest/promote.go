package pgtest

import (
	"fmt"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// fence is fence.sh.
func (s *Server) fence(c machinetest.Call) (string, error) {
	if c.Args[0] != s.Unit {
		return "", machinetest.Fails("Unit %s not found.", c.Args[0])
	}
	s.Files.Write(c.Args[1]+"/standby.signal", "", c.Args[2])
	s.stop()
	return "", nil
}

// unfence is unfence.sh. The test fails where that makes a second primary.
func (s *Server) unfence(c machinetest.Call) (string, error) {
	for _, other := range s.world.servers {
		if other != s && other.running != nil && !other.running.recovery && other.running.cluster.system == s.cluster().system {
			s.T.Errorf("%s: started as a primary while %s is one", s.key(), other.key())
		}
	}
	delete(s.Files, c.Args[1]+"/standby.signal")
	if err := s.start(); err != nil {
		return "", machinetest.Fails("%v", err)
	}
	return "", nil
}

// showControl is control.sh.
func (s *Server) showControl(c machinetest.Call) (string, error) {
	x := s.clusterAt(c.Args[1])
	state, fenced := "in production", "open"
	if s.Files.Has(c.Args[1] + "/standby.signal") {
		fenced = "fenced"
	}
	if s.running == nil && x.clean {
		state = "shut down"
	}
	return fmt.Sprintf("%s\n%s\n%s\n", state, position(x.lsn-shutdownRecord), fenced), nil
}
