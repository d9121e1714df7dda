package postgresql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// begin notes on both servers that a run is under way, so that status names it and the next run can finish or clear it.
func (m making) begin(method string) plan.Step {
	file := stateFile(m.tn, "run")
	note := unfinished{Run: m.run, Command: m.command, Primary: m.primary.Node.Key(), Replica: m.target.Node.Key(), Method: method, Running: m.ran, NewSlot: m.newSlot}
	return m.step(plan.Step{
		ID: "begin", Server: m.to(), Title: "note that a run is under way", Commands: []string{"write " + file},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if !m.adopt && (m.tn.NewFolder || m.tn.Seeding) {
				// What a run of another kind left is of no use to this one.
				if err := m.dropCopy(ctx); err != nil {
					return err
				}
			}
			if err := putState(ctx, m.primary.Node.Runner, m.begunFile(), note); err != nil {
				return err
			}
			return putState(ctx, m.target.Node.Runner, file, note)
		},
		Undo: plan.Undoable("remove the note", func(ctx context.Context, _ plan.Progress) error {
			// What could not be undone stays the business of the next run.
			if left, err := m.left(ctx); err != nil || left {
				return err
			}
			if err := dropState(ctx, m.target.Node.Runner, file); err != nil {
				return err
			}
			return dropState(ctx, m.primary.Node.Runner, m.begunFile())
		}),
	})
}

// left tells whether something of this run is still there: a folder, a slot, a server that does not run any more.
func (m making) left(ctx context.Context) (bool, error) {
	result, err := m.target.Node.Runner.Run(ctx, look("look for what the run made",
		`[ ! -e "$1" ] && [ ! -e "$2" ] || echo left; exit 0`, m.newDir(), m.oldDir()))
	if err != nil || strings.TrimSpace(result.Stdout) == "left" {
		return true, err
	}
	if m.newSlot {
		if there, err := m.slotServes(ctx); err != nil || there {
			return true, err
		}
	}
	if !m.ran {
		return false, nil
	}
	_, err = ask(ctx, m.target, "see whether PostgreSQL answers", "SELECT 1")
	return err != nil, ctx.Err()
}

// finish removes the note of begin: the replica is proven.
func (m making) finish(method string) plan.Step {
	begin := m.begin(method)
	s := m.step(plan.Step{
		ID: "finish", Server: m.to(), Title: "note that the run is complete", Commands: []string{"rm " + stateFile(m.tn, "run")},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := job.At(m.target.Node.Runner, m.jobID()).Remove(ctx); err != nil {
				return err
			}
			if err := dropState(ctx, m.target.Node.Runner, stateFile(m.tn, "run"), m.swappedFile()); err != nil {
				return err
			}
			return dropState(ctx, m.primary.Node.Runner, m.begunFile())
		},
		Undo: plan.Undoable("note again that a run is under way", func(ctx context.Context, report plan.Progress) error {
			return begin.Do(ctx, report)
		}),
	})
	s.Adopt = false // it is never found done
	return s
}

// role makes the replica's own role on the primary, with a random password that only the replica's server knows.
func (m making) role() plan.Step {
	return m.step(plan.Step{
		ID: "role", Server: m.from(), Title: fmt.Sprintf("make role %s for %s", m.name, m.to()),
		Commands: []string{
			fmt.Sprintf("CREATE ROLE %s REPLICATION LOGIN PASSWORD 'SCRAM-SHA-256$…'", ident(m.name)),
			fmt.Sprintf("on %s: write %s (mode 0600)", m.to(), m.passfile()),
		},
		Done: m.loginWorks,
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.makeRole(ctx) },
		Undo: plan.Undoable("drop the role and the password file", func(ctx context.Context, _ plan.Progress) error {
			if err := m.dropRole(ctx); err != nil {
				return err
			}
			return m.dropSecrets(ctx)
		}),
	})
}

func (m making) makeRole(ctx context.Context) error {
	password := newPassword()
	verifier, err := scramVerifier(password, newSalt())
	if err != nil {
		return err
	}
	if err := makeFolder(ctx, m.target.Node.Runner, m.secrets(), m.tn.Owner, "0700"); err != nil {
		return err
	}
	if m.between {
		cert, err := trustAnchor(ctx, m.primary)
		if err != nil {
			return err
		}
		if err := m.putSecret(ctx, m.rootCert(), cert); err != nil {
			return err
		}
	}
	// Any host, port and database: the address of the primary may change, the role does not.
	if err := m.putSecret(ctx, m.passfile(), []byte("*:*:*:"+m.name+":"+password+"\n")); err != nil {
		return err
	}
	return change(ctx, m.primary, "make role "+m.name, fmt.Sprintf(`SET log_statement = 'none';
SET log_min_error_statement = 'panic';
DO $belt$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %[1]s) THEN CREATE ROLE %[2]s; END IF;
END $belt$;
ALTER ROLE %[2]s WITH LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT PASSWORD %[3]s;
COMMENT ON ROLE %[2]s IS %[4]s;`, literal(m.name), ident(m.name), literal(verifier), literal("belt: replica "+m.target.Node.Key())))
}

func (m making) putSecret(ctx context.Context, file string, content []byte) error {
	return remote.WriteFile(ctx, m.target.Node.Runner, "root", file, content, remote.Attr{Mode: 0o600, Owner: m.tn.Owner})
}

// dropRole takes the role away, with the rights that a rewind gave it.
func (m making) dropRole(ctx context.Context) error {
	return change(ctx, m.primary, "drop role "+m.name, dropRoleSQL(m.name))
}

func dropRoleSQL(name string) string {
	return fmt.Sprintf(`DO $belt$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = %s) THEN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %[1]s;
    DROP OWNED BY %[2]s;
    DROP ROLE %[2]s;
  END IF;
END $belt$;`, literal(name), ident(name))
}

func (m making) dropSecrets(ctx context.Context) error {
	return dropPair(ctx, m.target.Node.Runner, "remove the password file", m.passfile(), m.rootCert(), m.secrets())
}

// dropPair removes two files of Belt's, and their folder once nothing else is in it.
func dropPair(ctx context.Context, r remote.Runner, title, one, other, folder string) error {
	_, err := r.Run(ctx, asRoot(title, `rm -f -- "$1" "$2"; rmdir --ignore-fail-on-non-empty -- "$3" 2>/dev/null || :`, one, other, folder))
	return err
}

// hba lets the replica in, from its own address only.
func (m making) hba() plan.Step {
	file := m.pn.Settings["hba_file"].Value
	rules := hbaRules(m.name, m.name, m.link.From, m.between)
	return m.step(plan.Step{
		ID: "hba", Server: m.from(), Title: fmt.Sprintf("let %s in from %s", m.name, m.link.From),
		Commands: append(prefixed("to "+file+": ", rules), "SELECT pg_reload_conf()"),
		Done: func(ctx context.Context) (bool, error) {
			if !m.adopt && !slices.ContainsFunc(m.pn.HBA, func(l hbaLine) bool { return l.Name == m.name }) {
				return false, nil // the facts are of a moment ago
			}
			out, err := ask(ctx, m.primary, "read pg_hba.conf", "SELECT pg_read_file(current_setting('hba_file'))")
			for _, rule := range rules {
				if !strings.Contains(out, rule+"\n") {
					return false, err
				}
			}
			return true, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.setHBA(ctx, rules) },
		Undo: plan.Undoable("take the lines out", func(ctx context.Context, _ plan.Progress) error {
			return m.setHBA(ctx, nil)
		}),
	})
}

func (m making) setHBA(ctx context.Context, rules []string) error {
	file := m.pn.Settings["hba_file"].Value
	if _, err := m.primary.Node.Runner.Run(ctx, asRoot("edit pg_hba.conf", hbaScript, append([]string{file, m.name}, rules...)...)); err != nil {
		return err
	}
	bad, err := reload(ctx, m.primary, "",
		"SELECT coalesce(string_agg('line ' || line_number || ': ' || error, '; '), '') FROM pg_hba_file_rules WHERE error IS NOT NULL")
	if err == nil && bad[0] != "" {
		err = fmt.Errorf("%s: %s has errors, so PostgreSQL goes on with the old rules: %s", m.from(), file, bad[0])
	}
	return err
}

// reach proves from the replica's side that the role, its password, the rule and the certificate work together.
func (m making) reach() plan.Step {
	return m.step(plan.Step{
		ID: "reach", Server: m.to(), Title: "log in to " + m.from() + " as " + m.name, Commands: []string{"psql -d '" + m.conninfo("replication", "true") + "' -c IDENTIFY_SYSTEM"},
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.login(ctx) },
		Undo: plan.NoEffect("nothing: it only looks"),
	})
}

func (m making) loginWorks(ctx context.Context) (bool, error) {
	if !m.pn.hasRole(m.name) {
		return false, nil // the facts are of a moment ago
	}
	return m.login(ctx) == nil, ctx.Err()
}

// login asks the primary, over the connection that the replica will use, who it is.
func (m making) login(ctx context.Context) error {
	cmd := remote.Command{
		Title: "log in to " + m.from(), As: m.tn.Owner, ReadOnly: true,
		Script: `cd / && exec "$1/psql" -X -q -At -w -d "$2" -c IDENTIFY_SYSTEM`,
		Args:   []string{m.tn.BinDir, m.conninfo("replication", "true", "dbname", "postgres", "connect_timeout", "10")},
	}
	result, err := m.target.Node.Runner.Run(ctx, cmd)
	if err != nil {
		return err
	}
	id, _, _ := strings.Cut(result.Stdout, "|")
	if id != m.pn.SystemIdentifier {
		return fmt.Errorf("%s: %s leads to the database system %s, not to %s on %s", m.to(), m.link.Address, id, m.pn.SystemIdentifier, m.from())
	}
	return nil
}

func prefixed(prefix string, lines []string) []string {
	out := make([]string, 0, len(lines)+1)
	for _, l := range lines {
		out = append(out, prefix+l)
	}
	return out
}
