package redis

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	commandEnable = "db replicate enable"
	commandResync = "db replicate resync"
)

// making is one replica in the making.
type making struct {
	replica.Making
	primary, target replication.Facts
	pn, tn          *native
	newUser         bool           // the run makes the replica's user on the primary, or the one that is taken up did
	following       bool           // the target's configuration made it a replica before the run
	held            []conf.Setting // what Belt's file there has for something else: for its own replicas, or the fence of an old primary
	noted           saved
	was             bool // the target was a replica before the run
	feeds           bool // the target has replicas of its own
	changes         changes
	together        int // how many replicas the request is about
}

// runNote is what a run notes for the one that takes it up.
type runNote struct {
	NewUser   bool           `json:"new_user"`
	Following bool           `json:"following"`
	Held      []conf.Setting `json:"held,omitempty"`
	Replica   bool           `json:"replica"`
	// Before are the target's settings before the run: one that takes it up may find the target stopped, and cannot ask.
	Before saved `json:"before"`
}

func newMaking(req replication.Request, target replication.Facts) making {
	m := making{primary: *req.Topology.Primary, target: target, changes: primaryChanges(req), together: max(1, len(req.Targets))}
	m.pn, m.tn = nativeOf(m.primary), nativeOf(target)
	m.Making = replica.NewMaking(req, instance(m.primary), instance(target), replicaName(target.Node))
	m.Between = overTLS(m.primary, target)
	m.Moves = &replica.Moves{Functions: moveScript, Args: m.tn.files()}
	m.newUser, m.following, m.held = !m.pn.hasUser(m.Name), m.tn.includes(), m.tn.holds()
	m.following = m.following && m.held == nil
	m.was, m.feeds = target.Replica, feeds(req.Topology, target)
	if u := m.tn.notes.Unfinished; u != nil {
		var note runNote
		if json.Unmarshal(u.Engine, &note) == nil {
			m.newUser, m.following, m.held, m.was, m.noted = note.NewUser, note.Following, note.Held, note.Replica, note.Before
		}
	}
	return m
}

// instance is what the shared steps have to know.
func instance(f replication.Facts) replica.Instance {
	n := nativeOf(f)
	i := replica.Instance{
		Facts: f, Name: n.name(), Product: product(n.flavour), Unit: n.Unit, DataDir: n.data(), Owner: n.Owner, Notes: n.notes,
		Answers: func(ctx context.Context) error { return answers(ctx, f) },
	}
	if n.survey != nil {
		i.Used = n.survey.Used
	}
	return i
}

// port is the one at which the replica reaches the primary.
func (m making) port() int { return m.Link.Port }

// The files on the target that make it a replica beside its configuration.
func (m making) rootCert() string { return m.Secrets() + "/" + m.Name + ".crt" }
func (m making) ownCert() string  { return m.Secrets() + "/replica.crt" }
func (m making) ownKey() string   { return m.Secrets() + "/replica.key" }

// followSettings are what makes the target a replica, without the password.
func (m making) followSettings() []conf.Setting {
	s := []conf.Setting{
		{Name: "replicaof", Args: []string{m.Link.Address, fmt.Sprint(m.port())}},
		{Name: "masteruser", Args: []string{m.Name}},
		{Name: "replica-read-only", Args: []string{"yes"}},
		// The first copy comes into an empty memory, with no detour over the disk; a later one does not.
		{Name: "repl-diskless-load", Args: []string{"on-empty-db"}},
	}
	if m.Between {
		s = append(s, conf.Setting{Name: "tls-replication", Args: []string{"yes"}}, conf.Setting{Name: "tls-ca-cert-file", Args: []string{m.rootCert()}})
		if m.tn.Settings["tls-cert-file"] == "" || m.tn.Settings["tls-cert-file"] == m.ownCert() {
			// Without a certificate of its own the server refuses to use TLS at all, as a client too (tls.c).
			s = append(s, conf.Setting{Name: "tls-cert-file", Args: []string{m.ownCert()}}, conf.Setting{Name: "tls-key-file", Args: []string{m.ownKey()}})
		}
	}
	return append(s, m.listenSettings()...)
}
