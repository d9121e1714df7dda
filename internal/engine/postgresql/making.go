package postgresql

import (
	"encoding/json"
	"fmt"
	"path"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// making is one replica in the making, in PostgreSQL's terms.
type making struct {
	replica.Making
	pn, tn *native
	fresh  unfinished
	after  changes
}

// unfinished is what a run that takes another one up has to know beside what all engines note: what of the primary's things
// for the replica the run makes, so that a failure takes away no more than that.
type unfinished struct {
	NewSlot  bool `json:"new_slot"` // there was no slot before, or none that still held its WAL
	NewRole  bool `json:"new_role"`
	NewRules bool `json:"new_rules"` // there was no line in pg_hba.conf
	Orphan   bool `json:"orphan"`    // the target follows nobody: a primary that was given up
}

// newMaking collects what the steps need for one target.
func newMaking(req replication.Request, target replication.Facts) making {
	primary, top := *req.Topology.Primary, *req.Topology.Writer()
	m := making{Making: replica.NewMaking(req, instanceOf(primary), instanceOf(target), replicaName(target.Node)), pn: nativeOf(primary), tn: nativeOf(target)}
	m.Linked = linkedScript
	held, there := m.pn.slot(m.Name)
	m.fresh = unfinished{
		NewSlot: !there || held.Status == "lost", NewRole: !nativeOf(top).hasRole(m.Name),
		NewRules: !m.pn.letsIn(m.Name), Orphan: m.tn.orphan(),
	}
	if u := m.tn.Unfinished; u != nil {
		m.fresh = unfinished{}
		if json.Unmarshal(u.Engine, &m.fresh) != nil {
			m.fresh = unfinished{} // nothing is taken away that may have been there before
		}
	}
	m.after = primaryChanges(req)
	return m
}

// replicaName is the name of everything that the primary holds for one replica: its role, its slot, its lines in
// pg_hba.conf.
func replicaName(n replication.Node) string { return replica.Name(n, maxName) }

// maxName is PostgreSQL's limit for identifiers and slot names (NAMEDATALEN - 1).
const maxName = 63

func (m making) passfile() string { return path.Join(m.Secrets(), m.Name+".pgpass") }
func (m making) rootCert() string { return path.Join(m.Secrets(), m.Name+".crt") }

// begin notes that a run is under way.
func (m making) begin(method string) plan.Step {
	b := replica.Begun{Method: method, Engine: m.fresh, Places: m.places()}
	if m.fresh.NewSlot {
		b.Left = m.slotServes
	}
	return m.Begin(b)
}

func (m making) finish(method string) plan.Step { return m.Finish(m.begin(method)) }

// copyConninfo is conninfo for pg_basebackup and pg_rewind. They have no timeout of their own as a standby has with
// wal_receiver_timeout: behind a dead router they would wait for hours. So the kernel gives a silent connection up after
// a minute (keepalives*, tcp_user_timeout: libpq, PostgreSQL 12).
func (m making) copyConninfo(extra ...string) string {
	return m.conninfo(append([]string{
		"keepalives_idle", "20", "keepalives_interval", "10", "keepalives_count", "4", "tcp_user_timeout", "60000",
	}, extra...)...)
}

// conninfo is how the target reaches the primary; extra pairs go behind.
func (m making) conninfo(extra ...string) string {
	pairs := []string{
		"host", m.Link.Address, "port", fmt.Sprint(m.pn.Port), "user", m.Name, "passfile", m.passfile(),
		"application_name", m.Name,
	}
	if m.Between {
		pairs = append(pairs, "sslmode", "verify-ca", "sslrootcert", m.rootCert())
	} else {
		pairs = append(pairs, "sslmode", "prefer")
	}
	return conninfo(append(pairs, extra...)...)
}
