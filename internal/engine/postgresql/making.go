package postgresql

import (
	"fmt"
	"path"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// making is one replica in the making: the two servers, and the names and places of everything that ties them.
type making struct {
	run     string // the id of the run, or of the unfinished one that is taken up
	command string
	primary replication.Facts
	target  replication.Facts
	pn, tn  *native
	link    replication.Link
	opts    replication.Options
	name    string // of the role and the slot on the primary
	between bool   // the servers are of different apps: encrypted and authenticated
	adopt   bool   // an unfinished run of the same command left its traces
	ran     bool   // PostgreSQL ran on the target before the run, or before the one that is taken up
	newSlot bool   // the run makes the slot, or the one that is taken up did
	after   changes
}

// newMaking collects what the steps need for one target.
func newMaking(req replication.Request, target replication.Facts) making {
	m := making{
		run: req.Run, command: req.Command, primary: *req.Topology.Primary, target: target,
		link: req.Links[target.Node.Key()], opts: req.Options,
		name:    replicaName(target.Node),
		between: req.Topology.Primary.Node.App != target.Node.App,
	}
	m.pn, m.tn = nativeOf(m.primary), nativeOf(m.target)
	held, there := m.pn.slot(m.name)
	m.ran, m.newSlot = target.Running, !there || held.Status == "lost"
	if u := m.tn.Unfinished; u != nil {
		m.run, m.adopt = u.Run, u.Command == req.Command
		m.ran, m.newSlot = u.Running, u.NewSlot
	}
	m.after = primaryChanges(req)
	return m
}

func (m making) at(id string) string { return id + "." + m.target.Node.Label }

func (m making) from() string { return m.primary.Node.Label }
func (m making) to() string   { return m.target.Node.Label }

// The places on the target. The new and the old data folder lie beside the one in use: on the same file system, where
// a rename is instant.
func (m making) newDir() string { return m.tn.DataDir + ".belt-new" }
func (m making) oldDir() string { return m.tn.DataDir + ".belt-old-" + m.run }

// instance is the name under which Belt keeps things for one instance of a server.
func instance(n *native) string { return fmt.Sprintf("postgresql-%d", n.Port) }

// The notes on a replica's server, beside those of its runs: what Belt wrote into its settings, and which run put the
// data folder in place that is in use.
func (m making) writtenFile() string { return stateFile(m.tn, "replica") }
func (m making) swappedFile() string { return stateFile(m.tn, "swapped") }

// begunFile is the note on the primary that a run works on this replica: what status finds when the run ended early.
func (m making) begunFile() string { return stateFile(m.pn, "begun."+m.name) }

// allNotes are the files to remove when the replica is one no more.
func (m making) allNotes() []string {
	return []string{stateFile(m.tn, "run"), m.writtenFile(), m.swappedFile()}
}

const stateDir = "/var/lib/belt/state"

func stateFile(n *native, kind string) string {
	return path.Join(stateDir, instance(n)+"."+kind)
}

// secrets is the folder on the target for the password file and the certificate; only the instance's owner reads it.
func (m making) secrets() string  { return path.Join("/var/lib/belt", instance(m.tn)) }
func (m making) passfile() string { return path.Join(m.secrets(), m.name+".pgpass") }
func (m making) rootCert() string { return path.Join(m.secrets(), m.name+".crt") }

func (m making) jobID() string { return "seed." + instance(m.tn) }

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
		"host", m.link.Address, "port", fmt.Sprint(m.pn.Port), "user", m.name, "passfile", m.passfile(),
		"application_name", m.name,
	}
	if m.between {
		pairs = append(pairs, "sslmode", "verify-ca", "sslrootcert", m.rootCert())
	} else {
		pairs = append(pairs, "sslmode", "prefer")
	}
	return conninfo(append(pairs, extra...)...)
}

// step fills in what all steps of this replica share.
func (m making) step(s plan.Step) plan.Step {
	s.ID = m.at(s.ID)
	s.Adopt = m.adopt
	return s
}
