package pgtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// instance is a running server program.
type instance struct {
	cluster  *cluster
	settings map[string]setting
	hba      string // as it was loaded
	started  int
	loaded   int
	recovery bool
}

func (s *Server) value(name string) string { return s.running.settings[name].value }

// service is the instance as its machine starts and stops it.
type service struct{ *Server }

func (s service) Start() error { return s.start() }
func (s service) Stop()        { s.stop() }

// Ready tests that a copy is of the same system, which the guard of a restore does not name: a backup may be of another one.
func (s service) Ready(folder string, args []string) error {
	if copied := s.clusterAt(folder); copied == nil || len(args) > 1 && copied.system != args[1] {
		return fmt.Errorf("the copy in %s is of another system", folder)
	}
	return nil
}

// Work makes a copy, or rewinds one.
func (s service) Work(_, script string, args []string) error {
	if strings.Contains(script, "pg_rewind") {
		return s.rewind(args)
	}
	return s.basebackup(args)
}

// start runs the instance in its data folder. The test fails when that would be a second primary of the same data that
// nobody promoted.
func (s *Server) start() error {
	if s.running != nil {
		return nil
	}
	c := s.cluster()
	if c == nil {
		return fmt.Errorf("FATAL:  %s is not a database cluster directory", s.Data())
	}
	if why := s.Broken["start"]; why != "" {
		return errors.New(why)
	}
	i := &instance{cluster: c, settings: s.inFiles(), hba: s.Files.Read(s.HBA()), started: s.world.tick(), loaded: s.world.tick()}
	i.recovery = s.Files.Has(s.Data() + "/standby.signal")
	if i.recovery {
		for _, name := range standbyLimits {
			if have, _ := strconv.Atoi(i.settings[name].value); have < c.limits[name] {
				return fmt.Errorf("FATAL:  recovery aborted because of insufficient parameter settings: %s = %d is a lower setting than on the primary server, where its value was %d", name, have, c.limits[name])
			}
		}
	} else {
		if c.copied {
			s.T.Errorf("%s: a copy was started as a primary: there are two now that take writes", s.key())
		}
		s.noteLimits(c, i.settings)
	}
	c.clean = false
	s.running = i
	s.world.settle()
	return nil
}

// noteLimits writes into the WAL what standbys must not have lower.
func (s *Server) noteLimits(c *cluster, settings map[string]setting) {
	for _, name := range standbyLimits {
		c.limits[name], _ = strconv.Atoi(settings[name].value)
	}
}

// shutdownRecord is the length of what a primary writes when it is shut down.
const shutdownRecord = 0x78

// stop ends the instance with a fast shutdown.
func (s *Server) stop() {
	if s.running == nil {
		return
	}
	if !s.running.recovery { // the record of the shutdown is the last that the standbys get
		s.running.cluster.lsn += shutdownRecord
	}
	s.world.settle()
	s.running.cluster.clean = true
	s.running = nil
}

// promote ends recovery on a new timeline.
func (s *Server) promote() {
	i := s.running
	i.recovery = false
	i.cluster.timeline++
	i.cluster.own, i.cluster.since = append(i.cluster.own, s.key()), append(i.cluster.since, i.cluster.lsn)
	i.cluster.copied = false
	s.noteLimits(i.cluster, i.settings)
	s.Files.Remove(s.Data() + "/standby.signal")
}

// settle lets every standby take over what its primary has, as far as it can connect. It goes by a fixed order until
// nothing moves, so that chains settle too.
func (w *World) settle() {
	for range w.servers {
		for _, s := range w.servers {
			if p, _ := s.upstream(); p != nil {
				from, to := p.running.cluster, s.running.cluster
				to.lsn, to.timeline, to.own, to.since = from.lsn, from.timeline, slices.Clone(from.own), slices.Clone(from.since)
				to.catalog, to.limits = from.catalog.clone(), maps.Clone(from.limits)
				if sl := from.slots[s.value("primary_slot_name")]; sl != nil {
					sl.restart = from.lsn
				}
			}
		}
	}
}

// upstream is the server that a running standby streams from now, or why it does not.
func (s *Server) upstream() (*Server, error) {
	if s.running == nil || !s.running.recovery {
		return nil, errors.New("is no running standby")
	}
	conn := pairs(s.value("primary_conninfo"))
	p, err := s.connect(conn, "replication")
	if err != nil {
		return nil, err
	}
	name := s.value("primary_slot_name")
	from := p.running.cluster
	switch sl, ok := from.slots[name]; {
	case name == "":
	case !ok:
		return nil, fmt.Errorf("replication slot %q does not exist", name)
	case sl.lost:
		return nil, errors.New("requested WAL segment has already been removed")
	}
	switch c := s.running.cluster; {
	case c.system != from.system:
		return nil, errors.New("database system identifier differs between the primary and standby")
	case c.lsn < from.kept:
		return nil, errors.New("requested WAL segment has already been removed")
	case !c.follows(from):
		return nil, errors.New("new timeline is not a child of this server's history")
	}
	return p, nil
}

// streams lists the servers that stream from s, with their slots.
func (s *Server) streams() map[string]*Server {
	out := map[string]*Server{}
	for _, other := range s.world.servers {
		if p, _ := other.upstream(); p == s {
			out[other.key()] = other
		}
	}
	return out
}

// user of a slot, nil when nobody streams through it.
func (s *Server) slotUser(name string) *Server {
	for _, other := range s.streams() {
		if other.value("primary_slot_name") == name {
			return other
		}
	}
	return nil
}

// pairs reads a connection string.
func pairs(text string) map[string]string {
	out := map[string]string{}
	for _, word := range strings.Fields(text) {
		if key, value, ok := strings.Cut(word, "="); ok {
			out[key] = strings.Trim(value, "'")
		}
	}
	return out
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
