package mysql

import (
	"context"
	"encoding/json"
	"fmt"
	"path"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// making is one replica in the making, in the words of this engine.
type making struct {
	replica.Making
	engine  *Engine
	primary replication.Facts
	target  replication.Facts
	pn, tn  *native
	why     string            // MySQL: the reason for a dump instead of a CLONE; empty for none
	copied  bool              // the replica starts from a copy of this run
	newUser bool              // the run makes the account, or the one that is taken up did
	claimed bool              // there is an account for it, but it has no password: it was the primary once
	before  map[string]string // of the target: options that leave files behind, before any of Belt's
	was     keptOptions       // what Belt's file has for the target's old data: a replica's, or an old primary's fence
	after   changes
	request replication.Request
	feeds   bool                // the target has replicas of its own
	members []replication.Facts // of the group, for a server id that none of them has
}

// begun is what the note of a run says in this engine's words.
type begun struct {
	NewUser bool              `json:"new_user"` // there was no account for the replica before
	Claimed bool              `json:"claimed,omitempty"`
	Before  map[string]string `json:"before,omitempty"` // see making
	Was     keptOptions       `json:"was,omitzero"`     // see making
	Why     string            `json:"why,omitempty"`
}

// newMaking collects what the steps need for one target.
func (e *Engine) newMaking(req replication.Request, target replication.Facts) making {
	primary := *req.Topology.Primary
	m := making{
		Making: replica.NewMaking(req, instanceOf(primary), instanceOf(target), accountName(target.Node)),
		engine: e, primary: primary, target: target, pn: nativeOf(primary), tn: nativeOf(target), after: primaryChanges(req), request: req,
	}
	m.newUser, m.claimed = !m.pn.hasAccount(m.Name), m.pn.hasAccount(m.Name) && m.tn.fenced()
	m.feeds = len(req.Topology.Of(target.Node)) > 0
	m.why = whyDump(primary, target)
	m.before = m.tn.written().Before
	if m.before == nil && target.Running {
		m.before = map[string]string{"log_bin": m.tn.value("log_bin")}
	}
	if m.Command == commandResync && m.tn.Notes.Written != "" || m.tn.fenced() {
		m.was = keptOptions{Options: m.tn.written().Options, Note: json.RawMessage(m.tn.Notes.Written)}
	}
	if u := m.tn.Unfinished; u != nil {
		var b begun
		if json.Unmarshal(u.Engine, &b) == nil {
			m.newUser, m.claimed, m.was, m.why = b.NewUser, b.Claimed, b.Was, b.Why
			if b.Before != nil {
				m.before = b.Before
			}
		}
	}
	for _, r := range req.Topology.Replicas {
		m.members = append(m.members, r.Facts)
	}
	if m.Chained {
		m.members = append(m.members, m.Top)
	}
	return m
}

// instanceOf is the instance as the steps that all engines share know it.
func instanceOf(f replication.Facts) replica.Instance {
	n := nativeOf(f)
	used := int64(0)
	if n.survey != nil {
		used = n.survey.UsedBytes
	}
	return replica.Instance{
		Facts: f, Name: n.instance(), Product: n.flavour.title(), Unit: n.Service, DataDir: n.DataDir, Owner: n.Owner,
		Used: used, Notes: n.Notes,
		Answers: func(ctx context.Context) error {
			_, err := ask(ctx, f, "see whether "+n.flavour.title()+" answers", "SELECT 1")
			return err
		},
	}
}

func (n *native) where() string { return fmt.Sprintf("port %d, %s", n.Port, n.DataDir) }

// loginFile is a file of options with the replica's account on its primary, which root alone reads.
func (m making) loginFile() string { return path.Join(m.Secrets(), m.Name+".cnf") }

// rootCert is the certificate by which the replica recognises its primary. The server reads it.
func (m making) rootCert() string { return path.Join(m.Secrets(), m.Name+".crt") }

// encrypted tells whether the replica's connection uses TLS: always between apps, and within one where the primary offers
// it.
func (m making) encrypted() bool { return m.Between || m.pn.offersTLS() }
