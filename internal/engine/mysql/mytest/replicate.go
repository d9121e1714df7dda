package mytest

import (
	"fmt"
	"strconv"
	"strings"
)

// trouble is why a channel does not work.
type trouble struct {
	errno int
	text  string
}

// source is the server that a running replica reads from, or why it cannot.
func (s *Server) source() (*Server, *trouble) {
	c := s.running.data.channel
	p := s.world.at(c.host)
	if why := s.refused(p, c.user, c.password); why != nil {
		return nil, why
	}
	if !p.running.on("log_bin") {
		return nil, &trouble{1236, "Got fatal error 1236 from master when reading data from binary log: 'Binary log is not open'"}
	}
	if p.running.settings["server_id"].text == s.running.settings["server_id"].text {
		return nil, &trouble{1593, "Fatal error: The slave I/O thread stops because master and slave have equal MySQL server ids"}
	}
	d, from := s.running.data, p.running.data
	for i, e := range from.log {
		if i < from.purged && !s.executed(d, e) {
			return nil, &trouble{1236, "Got fatal error 1236 from master when reading data from binary log: 'Could not find GTID state requested by slave in any binlog files'"}
		}
	}
	return p, nil
}

// refused is why an account may not log in from s to p; nil when it may.
func (s *Server) refused(p *Server, user, password string) *trouble {
	if p == nil || p.Machine.Down != nil || p.closed {
		return &trouble{2003, "Can't connect to server (110)"}
	}
	if p.running == nil || onlyLocal(p.running.settings["bind_address"].text) {
		return &trouble{2003, "Can't connect to server (111)"}
	}
	for name, proof := range p.running.data.accounts {
		account, host, _ := strings.Cut(name, "@")
		if account == user && (host == s.Internal || host == s.External) && proofOf(p.world, password) == strings.Fields(proof)[0] {
			return nil
		}
	}
	return &trouble{1045, fmt.Sprintf("Access denied for user '%s'@'%s'", user, s.Internal)}
}

func onlyLocal(bind string) bool {
	return bind != "" && bind != "*" && !strings.Contains(bind, "10.") && !strings.Contains(bind, "203.")
}

// executed tells whether a replica has a transaction.
func (s *Server) executed(d *data, e event) bool {
	if s.world.mariadb() {
		return e.number <= d.applied
	}
	return d.has(e)
}

// replicate lets a replica catch up, as one does that has had the time.
func (s *Server) replicate() {
	if s.running == nil || s.running.data.channel == nil || !s.running.data.channel.running {
		return
	}
	p, why := s.source()
	if why != nil {
		return
	}
	if !s.passing { // in a chain what comes by way of another comes there first
		s.passing = true
		p.replicate()
		s.passing = false
	}
	d := s.running.data
	for _, e := range p.running.data.log {
		if s.executed(d, e) {
			continue
		}
		e.do(d)
		d.log = append(d.log, e)
		d.applied = e.number
	}
}

// slavePos is gtid_slave_pos.
func (s *Server) slavePos() string {
	d := s.running.data
	if d.applied == 0 {
		return ""
	}
	origin := "0"
	if p := s.world.primaryOf(s); p != nil {
		origin = p.running.settings["server_id"].text
	}
	return "0-" + origin + "-" + strconv.Itoa(d.applied)
}

func (w *World) primaryOf(s *Server) *Server {
	if c := s.running.data.channel; c != nil {
		if p := w.at(c.host); p != nil && p.running != nil {
			return p
		}
	}
	return nil
}
