package postgresql

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// role makes the replica's own role on the primary, with a random password that only the replica's server knows.
func (m making) role() plan.Step {
	return m.Step(plan.Step{
		ID: "role", Server: m.TopLabel(), Title: fmt.Sprintf("make role %s for %s", m.Name, m.To()),
		Commands: []string{
			fmt.Sprintf("CREATE ROLE %s REPLICATION LOGIN PASSWORD 'SCRAM-SHA-256$…'", ident(m.Name)),
			fmt.Sprintf("on %s: write %s (mode 0600)", m.To(), m.passfile()),
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

func (m making) makeRole(ctx context.Context) error { return m.makeRoleOn(ctx, m.Top) }

// makeRoleOn makes the role on a server that takes writes.
func (m making) makeRoleOn(ctx context.Context, writable replication.Facts) error {
	password, err := m.password(ctx)
	if err != nil {
		return err
	}
	verifier, err := scramVerifier(password, newSalt())
	if err != nil {
		return err
	}
	return replica.SideBySide(
		func() error { return m.putSecrets(ctx, password) },
		func() error {
			return change(ctx, writable, "make role "+m.Name, fmt.Sprintf(`SET log_statement = 'none';
SET log_min_error_statement = 'panic';
DO $belt$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %[1]s) THEN CREATE ROLE %[2]s; END IF;
END $belt$;
ALTER ROLE %[2]s WITH LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT PASSWORD %[3]s;
COMMENT ON ROLE %[2]s IS %[4]s;`, literal(m.Name), ident(m.Name), literal(verifier), literal("belt: replica "+m.Target.Facts.Node.Key())))
		},
	)
}

// password is a new one; but a replica that is mended keeps the one that it has, so that a failure changes nothing there.
func (m making) password(ctx context.Context) (string, error) {
	if m.Command != commandResync {
		return newPassword(), nil
	}
	text, err := remote.ReadFile(ctx, m.Target.Runner(), "root", m.passfile())
	if errors.Is(err, fs.ErrNotExist) {
		return newPassword(), nil
	}
	if err != nil {
		return "", err
	}
	if _, password, ok := strings.Cut(strings.TrimSpace(string(text)), "*:*:*:"+m.Name+":"); ok && password != "" {
		return password, nil
	}
	return newPassword(), nil
}

// putSecrets gives the replica's server the password, and the certificate that it trusts.
func (m making) putSecrets(ctx context.Context, password string) error {
	if err := replica.MakeFolder(ctx, m.Target.Runner(), m.Secrets(), m.tn.Owner, "0700"); err != nil {
		return err
	}
	if m.Between {
		cert, err := trustAnchor(ctx, m.Primary.Facts)
		if err != nil {
			return err
		}
		if err := m.PutSecret(ctx, m.rootCert(), cert); err != nil {
			return err
		}
	}
	// Any host, port and database: the address of the primary may change, the role does not.
	return m.PutSecret(ctx, m.passfile(), []byte("*:*:*:"+m.Name+":"+password+"\n"))
}

// dropRole takes the role away, with the rights that a rewind gave it.
func (m making) dropRole(ctx context.Context) error {
	return change(ctx, m.Top, "drop role "+m.Name, dropRoleSQL(m.Name))
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
	return replica.DropPair(ctx, m.Target.Facts.Node.Runner, "remove the password file", m.passfile(), m.rootCert(), m.Secrets())
}

// hba lets the replica in, from its own address only.
func (m making) hba() plan.Step {
	file := m.pn.Settings["hba_file"].Value
	rules := hbaRules(m.Name, m.Name, m.Link.From, m.Between)
	return m.Step(plan.Step{
		ID: "hba", Server: m.From(), Title: fmt.Sprintf("let %s in from %s", m.Name, m.Link.From),
		Commands: append(replica.Prefixed("to "+file+": ", rules), "SELECT pg_reload_conf()"),
		Done: func(ctx context.Context) (bool, error) {
			if !m.Adopt && !m.pn.letsIn(m.Name) {
				return false, nil // the facts are of a moment ago
			}
			return m.rulesHold(ctx, rules)
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.setHBA(ctx, rules) },
		Undo: plan.Undoable("take the lines out", func(ctx context.Context, _ plan.Progress) error {
			return m.setHBA(ctx, nil)
		}),
	})
}

// rulesHold tells whether the lines are in the file, and the server has read it since: a run that was killed may have come
// no further than the file. The time of a file is known to the second.
func (m making) rulesHold(ctx context.Context, rules []string) (bool, error) {
	out, err := ask(ctx, m.Primary.Facts, "read pg_hba.conf", "SELECT modification + interval '1 second' < pg_conf_load_time() "+
		"FROM pg_stat_file(current_setting('hba_file'));\nSELECT pg_read_file(current_setting('hba_file'))")
	loaded, text, _ := strings.Cut(out+"\n", "\n")
	if err != nil || loaded != "t" {
		return false, err
	}
	for _, rule := range rules {
		if !strings.Contains(text, rule+"\n") {
			return false, nil
		}
	}
	return true, nil
}

func (m making) setHBA(ctx context.Context, rules []string) error {
	file := m.pn.Settings["hba_file"].Value
	if _, err := m.Primary.Facts.Node.Runner.Run(ctx, replica.AsRoot("edit pg_hba.conf", hbaScript, append([]string{file, m.Name}, rules...)...)); err != nil {
		return err
	}
	bad, err := reload(ctx, m.Primary.Facts, "",
		"SELECT coalesce(string_agg('line ' || line_number || ': ' || error, '; '), '') FROM pg_hba_file_rules WHERE error IS NOT NULL")
	if err == nil && bad[0] != "" {
		err = fmt.Errorf("%s: %s has errors, so PostgreSQL goes on with the old rules: %s", m.From(), file, bad[0])
	}
	return err
}

// reach proves from the replica's side that the role, its password, the rule and the certificate work together.
func (m making) reach() plan.Step {
	return m.Step(plan.Step{
		ID: "reach", Server: m.To(), Title: "log in to " + m.From() + " as " + m.Name, Commands: []string{"psql -d '" + m.conninfo("replication", "true") + "' -c IDENTIFY_SYSTEM"},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if m.Chained {
				return m.loginSoon(ctx) // the role may still be on the way there
			}
			return m.login(ctx)
		},
		Undo: plan.NoEffect("nothing: it only looks"),
	})
}

// loginSoon is login that leaves the role some time to come by replication.
func (m making) loginSoon(ctx context.Context) error {
	var last error
	err := replica.Until(ctx, 30*time.Second, func(ctx context.Context) (bool, error) {
		last = m.login(ctx)
		return last == nil, ctx.Err()
	})
	if err != nil && last != nil {
		return last
	}
	return err
}

func (m making) loginWorks(ctx context.Context) (bool, error) {
	if !m.pn.hasRole(m.Name) {
		return false, nil // the facts are of a moment ago
	}
	return m.login(ctx) == nil, ctx.Err()
}

// login asks the primary, over the connection that the replica will use, who it is.
func (m making) login(ctx context.Context) error {
	cmd := remote.Command{
		Title: "log in to " + m.From(), As: m.tn.Owner, ReadOnly: true,
		Script: `cd / && exec "$1/psql" -X -q -At -w -d "$2" -c IDENTIFY_SYSTEM`,
		Args:   []string{m.tn.BinDir, m.conninfo("replication", "true", "dbname", "postgres", "connect_timeout", "10")},
	}
	result, err := m.Target.Facts.Node.Runner.Run(ctx, cmd)
	if err != nil {
		return err
	}
	id, _, _ := strings.Cut(result.Stdout, "|")
	if id != m.pn.SystemIdentifier {
		return fmt.Errorf("%s: %s leads to the database system %s, not to %s on %s", m.To(), m.Link.Address, id, m.pn.SystemIdentifier, m.From())
	}
	return nil
}
