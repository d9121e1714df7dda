package mysql

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// account makes the replica's own account on the primary, with a random password that only the replica's server knows.
func (m making) account() plan.Step {
	require := ""
	if m.Between {
		require = " REQUIRE SSL"
	}
	return m.Step(plan.Step{
		ID: "account", Server: m.writable().Node.Label, Title: fmt.Sprintf("make account %s for %s, let in from %s", m.Name, m.To(), m.Link.From),
		Commands: []string{
			fmt.Sprintf("CREATE USER %s IDENTIFIED BY …%s", user(m.Name, m.Link.From), require),
			fmt.Sprintf("GRANT %s ON *.* TO %s", m.rights(), user(m.Name, m.Link.From)),
			fmt.Sprintf("on %s: write %s (mode 0600)", m.To(), m.loginFile()),
		},
		Done: m.loginWorks,
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.makeAccount(ctx) },
		Undo: plan.Undoable("drop the account and its password", func(ctx context.Context, _ plan.Progress) error {
			if err := m.dropAccount(ctx); err != nil {
				return err
			}
			if m.claimed {
				if err := m.claimOn(ctx, m.writable(), m.Link.From); err != nil {
					return err
				}
			}
			return m.dropSecrets(ctx)
		}),
	})
}

// claimOn makes the account on a server that takes writes, with no rights and a password that nobody knows: by it a primary
// that was given up is known when it comes back.
func (m making) claimOn(ctx context.Context, writable replication.Facts, from string) error {
	return change(ctx, writable, "make account "+m.Name,
		fmt.Sprintf("CREATE USER IF NOT EXISTS %s %s REQUIRE SSL;", user(m.Name, from), m.engine.flavour.identified(newPassword())))
}

// rights are the least that a replica needs; MySQL's CLONE logs in as the same account.
func (m making) rights() string {
	if m.clones() {
		return "REPLICATION SLAVE, BACKUP_ADMIN"
	}
	return "REPLICATION SLAVE"
}

func (m making) makeAccount(ctx context.Context) error { return m.makeAccountOn(ctx, m.writable()) }

// makeAccountOn makes the account on a server that takes writes.
func (m making) makeAccountOn(ctx context.Context, writable replication.Facts) error {
	password := newPassword()
	if err := replica.MakeFolder(ctx, m.target.Node.Runner, m.Secrets(), m.tn.Owner, "0700"); err != nil {
		return err
	}
	if m.Between {
		cert, err := trustAnchor(ctx, m.primary)
		if err != nil {
			return err
		}
		if err := m.PutSecret(ctx, m.rootCert(), cert); err != nil {
			return err
		}
	}
	if err := m.putLogin(ctx, password); err != nil {
		return err
	}
	name, require := user(m.Name, m.Link.From), "REQUIRE NONE"
	if m.Between {
		require = "REQUIRE SSL"
	}
	return change(ctx, writable, "make account "+m.Name, fmt.Sprintf(`CREATE USER IF NOT EXISTS %[1]s %[2]s %[3]s;
ALTER USER %[1]s %[2]s %[3]s;
GRANT %[4]s ON *.* TO %[1]s;`, name, m.engine.flavour.identified(password), require, m.rights()))
}

// putLogin writes the file by which the replica's server logs in.
func (m making) putLogin(ctx context.Context, password string) error {
	return remote.WriteFile(ctx, m.target.Node.Runner, "root", m.loginFile(), []byte(m.login(password)), remote.Attr{Mode: 0o600})
}

// identified is how the account proves itself. MariaDB gets the hash, since its general log shows statements as they are;
// MySQL hides passwords there, and has no other way to be told a hash of its own than with a salt.
func (f flavour) identified(password string) string {
	if f == mySQL {
		return "IDENTIFIED WITH caching_sha2_password BY " + quoted(password)
	}
	first := sha1.Sum([]byte(password))
	second := sha1.Sum(first[:])
	return "IDENTIFIED VIA mysql_native_password USING '*" + strings.ToUpper(hex.EncodeToString(second[:])) + "'"
}

// login is the file of options by which a client on the replica's server logs in to the primary.
func (m making) login(password string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[client]\nprotocol=tcp\nhost=%s\nport=%d\nuser=%s\npassword=%s\n", m.Link.Address, m.pn.Port, m.Name, password)
	if m.engine.flavour == mariaDB {
		switch {
		case m.Between:
			fmt.Fprintf(&b, "ssl\nssl-ca=%s\nssl-verify-server-cert\n", m.rootCert())
		case m.encrypted():
			b.WriteString("ssl\nssl-verify-server-cert=0\n")
		default:
			b.WriteString("skip-ssl\n")
		}
		return b.String()
	}
	switch {
	case m.Between:
		fmt.Fprintf(&b, "ssl-mode=VERIFY_CA\nssl-ca=%s\n", m.rootCert())
	case m.encrypted():
		b.WriteString("ssl-mode=REQUIRED\n")
	default: // the password goes encrypted by the server's key
		b.WriteString("ssl-mode=DISABLED\nget-server-public-key\n")
	}
	return b.String()
}

// dropAccount takes the account away, whatever address it was made for, and ends what it still reads.
func (m making) dropAccount(ctx context.Context) error { return dropAccounts(ctx, m, m.Name) }

func dropAccounts(ctx context.Context, m making, name string) error {
	hosts, err := ask(ctx, m.writable(), "look for account "+name, "SELECT host FROM mysql.user WHERE user = "+quoted(name))
	if err != nil || hosts == "" {
		return err
	}
	var sql strings.Builder
	for _, host := range strings.Split(hosts, "\n") {
		fmt.Fprintf(&sql, "DROP USER IF EXISTS %s;\n", user(name, host))
	}
	if err := change(ctx, m.writable(), "drop account "+name, sql.String()); err != nil || !m.primary.Running {
		return err
	}
	// The account is gone, but a session that it has open is not.
	sessions, err := ask(ctx, m.primary, "look for sessions of "+name, "SELECT id FROM information_schema.processlist WHERE user = "+quoted(name))
	if err != nil || sessions == "" {
		return err
	}
	sql.Reset()
	for _, id := range strings.Split(sessions, "\n") {
		fmt.Fprintf(&sql, "KILL %s;\n", id)
	}
	_, err = statement{title: "end sessions of " + name, sql: sql.String()}.run(ctx, m.primary)
	if err != nil && strings.Contains(err.Error(), "1094") { // it ended by itself
		return nil
	}
	return err
}

func (m making) dropSecrets(ctx context.Context) error {
	return replica.DropPair(ctx, m.target.Node.Runner, "remove the password file", m.loginFile(), m.rootCert(), m.Secrets())
}

// newPassword has 130 bits of randomness, in characters that need no quotes anywhere, and of each kind that a server may
// ask for. MySQL takes at most 32 for a connection to a source.
func newPassword() string { return "Aa1_" + rand.Text() }

// reach proves from the replica's side that the account, its password, the address and the certificate work together.
func (m making) reach() plan.Step {
	return m.Step(plan.Step{
		ID: "reach", Server: m.To(), Title: "log in to " + m.From() + " as " + m.Name,
		Commands: []string{fmt.Sprintf("%s --defaults-file=%s -e 'SELECT @@server_id'", m.tn.Client, m.loginFile())},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if m.Chained {
				return m.logInSoon(ctx) // the account may still be on the way there
			}
			return m.logIn(ctx)
		},
		Undo: plan.NoEffect("nothing: it only looks"),
	})
}

func (m making) loginWorks(ctx context.Context) (bool, error) {
	if !m.pn.hasAccount(m.Name) && !m.Adopt {
		return false, nil // the facts are of a moment ago
	}
	if m.clones() {
		// One that was made for a dump has not got it.
		out, err := ask(ctx, m.primary, "look for the account's right to clone",
			"SELECT COUNT(*) FROM mysql.global_grants WHERE priv = 'BACKUP_ADMIN' AND user = "+quoted(m.Name))
		if err != nil || out == "0" {
			return false, err
		}
	}
	return m.logIn(ctx) == nil, ctx.Err()
}

// logIn asks the primary, over the connection that the replica will use, who it is, and compares with what it says over
// its own socket.
func (m making) logIn(ctx context.Context) error {
	const who = "SELECT CONCAT_WS('|', @@GLOBAL.server_id, @@hostname, @@port, @@datadir, @@pid_file)"
	want, err := ask(ctx, m.primary, "read who the primary is", who)
	if err != nil {
		return err
	}
	result, err := m.target.Node.Runner.Run(ctx, remote.Command{
		Title: "log in to " + m.From(), As: "root", ReadOnly: true, Stdin: strings.NewReader(who + ";\n"),
		Script: `cd / && "$1" --defaults-file="$2" --connect-timeout=10 --batch --raw --skip-column-names`,
		Args:   []string{m.tn.Client, m.loginFile()},
	})
	if err != nil {
		return err
	}
	if got := strings.TrimSpace(result.Stdout); got != want {
		return fmt.Errorf("%s: %s leads to the server %q, not to %q on %s", m.To(), m.Link.Address, got, want, m.From())
	}
	return nil
}
