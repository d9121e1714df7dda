package mysql

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// followPatience is how long a replica may make no progress before that counts as a failure.
const followPatience = 60 * time.Second

// source is "host:port" of what the replica follows.
func (m making) source() string { return fmt.Sprintf("%s:%d", m.Link.Address, m.pn.Port) }

// followSQL is the statement that ties the replica to its primary, in the version's words. The password stands for itself.
func (m making) followSQL(password string) string {
	prefix := m.tn.words(sourcePrefix)
	pairs := []string{
		"HOST=" + quoted(m.Link.Address), fmt.Sprintf("PORT=%d", m.pn.Port), "USER=" + quoted(m.Name), "PASSWORD=" + quoted(password),
		"CONNECT_RETRY=5",
	}
	if m.encrypted() {
		pairs = append(pairs, "SSL=1")
	} else {
		pairs = append(pairs, "SSL=0")
	}
	// MariaDB from 11.4 verifies unless it is told not to, and within an app a certificate need not be known.
	if m.Between {
		pairs = append(pairs, "SSL_CA="+quoted(m.rootCert()))
		if m.engine.flavour == mariaDB {
			pairs = append(pairs, "SSL_VERIFY_SERVER_CERT=1")
		} else {
			// The names in a certificate that MySQL made itself fit nothing; it is recognised by its authority.
			pairs = append(pairs, "SSL_VERIFY_SERVER_CERT=0")
		}
	} else {
		pairs = append(pairs, "SSL_VERIFY_SERVER_CERT=0")
	}
	if m.engine.flavour == mariaDB {
		pairs = append(pairs, "USE_GTID=slave_pos")
	} else {
		pairs = append(pairs, "AUTO_POSITION=1")
	}
	for i := range pairs {
		pairs[i] = prefix + pairs[i]
	}
	if m.engine.flavour == mySQL && !m.encrypted() {
		pairs = append(pairs, "GET_"+prefix+"PUBLIC_KEY=1")
	}
	return m.tn.words(follow) + " " + strings.Join(pairs, ", ")
}

// followCommands are the statements for a plan's reader.
func (m making) followCommands() []string {
	return []string{m.followSQL(remote.Masked), m.tn.words(startThreads)}
}

// connect makes the replica follow its primary from where its data stands. Run again it keeps the position that it
// reached.
func (m making) connect(ctx context.Context) error {
	password, err := m.password(ctx)
	if err != nil {
		return err
	}
	c, err := m.channels(ctx)
	if err != nil {
		return err
	}
	var sql strings.Builder
	fresh := len(c) == 0 || c[0].Host != m.Link.Address || c[0].User != m.Name
	if len(c) > 0 {
		sql.WriteString(m.tn.words(stopThreads) + ";\n")
	}
	if fresh {
		sql.WriteString(m.tn.words(forgetSource) + ";\n") // of what the primary itself may have followed
	}
	if fresh && len(c) > 0 && m.Chained && m.engine.flavour == mariaDB {
		if err := m.sourceCatchesUp(ctx); err != nil {
			return err
		}
	}
	copied, err := m.InPlace(ctx)
	if err != nil {
		return err
	}
	if m.engine.flavour == mySQL {
		if err := m.noteBegin(ctx); err != nil {
			return err
		}
	} else if copied && len(c) == 0 {
		// Only data that this run copied stands where the backup noted; a replica that exists has gone on since.
		position, err := m.copiedPosition(ctx)
		if err != nil {
			return err
		}
		if err := m.putBegin(ctx, position); err != nil {
			return err
		}
		sql.WriteString("SET GLOBAL gtid_slave_pos = " + quoted(position) + ";\n")
	}
	sql.WriteString(m.followSQL(password) + ";\n" + m.tn.words(startThreads) + ";")
	return changeHere(ctx, m.target, "follow "+m.From(), sql.String())
}

// noteBegin notes what a MySQL has executed: its binary log does not have what came with a copy, and it is to be known of one
// that is down, too.
func (m making) noteBegin(ctx context.Context) error {
	executed, err := ask(ctx, m.target, "read how far it applied", m.engine.flavour.appliedSQL())
	if err != nil {
		return err
	}
	return m.putBegin(ctx, executed)
}

// putBegin adds to the note of the replica where it begins.
func (m making) putBegin(ctx context.Context, position string) error {
	note := written{}
	if err := replica.ReadState(ctx, m.target.Node.Runner, "read the noted options", m.WrittenFile(), &note); err != nil {
		return err
	}
	if note.Source == "" {
		note = m.note()
	}
	note.Begins = position
	return replica.PutState(ctx, m.target.Node.Runner, m.WrittenFile(), note)
}

// password reads the password of the replica's account back.
func (m making) password(ctx context.Context) (string, error) {
	text, err := remote.ReadFile(ctx, m.target.Node.Runner, "root", m.loginFile())
	if err != nil {
		return "", err
	}
	for _, line := range strings.Split(string(text), "\n") {
		if value, ok := strings.CutPrefix(line, "password="); ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("%s: %s has no password", m.To(), m.loginFile())
}

// copiedPosition is where the copy stands. The backup noted it beside the data, as a place in the primary's binary log; what
// it notes as a GTID is gtid_current_pos, which leaves out transactions of sessions that are older than the server's id, and
// what the preparation of the copy prints as its last position can be an older one.
func (m making) copiedPosition(ctx context.Context) (string, error) {
	file := m.tn.DataDir + "/" + m.proof()
	result, err := m.target.Node.Runner.Run(ctx, replica.Look("read the copy's position", `cat "$1"`, file))
	if err != nil {
		return "", err
	}
	fields := strings.Split(strings.TrimRight(result.Stdout, "\n"), "\t")
	if len(fields) < 2 {
		return "", fmt.Errorf("%s: %s has no position: %q", m.To(), file, result.Stdout)
	}
	log, place := fields[0], fields[1]
	if _, err := strconv.ParseUint(place, 10, 64); err != nil {
		return "", fmt.Errorf("%s: %s has no position: %q", m.To(), file, result.Stdout)
	}
	out, err := ask(ctx, m.primary, "read the copy's position as a GTID", fmt.Sprintf("SELECT COALESCE(BINLOG_GTID_POS(%s, %s), 'gone')", quoted(log), place))
	if out == "gone" {
		return "", fmt.Errorf("%s: it no longer has the binary log %s, where the copy for %s begins; keep its binary logs for longer, then run the command again", m.From(), log, m.To())
	}
	if err != nil || !m.Chained {
		return out, err
	}
	data, err := ask(ctx, m.target, "read what the copy had replicated", "SELECT @@GLOBAL.gtid_slave_pos")
	if err != nil {
		return "", err
	}
	return within(out, data)
}

// channels asks the replica for its connections.
func (m making) channels(ctx context.Context) ([]channel, error) { return channelsOf(ctx, m.target) }

func channelsOf(ctx context.Context, f replication.Facts) ([]channel, error) {
	n := nativeOf(f)
	cmd, err := asAdmin(f.Node, remote.Command{
		Title: "look at the replica's threads", Script: sqlScript + " --vertical --column-names", Args: []string{n.Client, n.Socket}, As: "root",
		Stdin: strings.NewReader(n.words(showReplica) + ";\n"), ReadOnly: true,
	})
	if err != nil {
		return nil, err
	}
	result, err := f.Node.Runner.Run(ctx, cmd)
	if err != nil {
		return nil, err
	}
	r, err := readReplies(result.Stdout, false)
	return r.channels, err
}

// streams tells whether the replica reads from its primary and applies what it reads.
func (m making) streams(ctx context.Context) (bool, error) {
	c, err := m.channels(ctx)
	if err != nil {
		return false, ctx.Err() // it does not run
	}
	return len(c) == 1 && c[0].Host == m.Link.Address && c[0].User == m.Name && c[0].Reading == "Yes" && c[0].Applying == "Yes", nil
}

// followed waits until the replica reads and applies. An error that no patience cures ends the wait.
func (m making) followed(ctx context.Context, report plan.Progress) error {
	last := ""
	err := replica.Until(ctx, followPatience, func(ctx context.Context) (bool, error) {
		c, err := m.channels(ctx)
		if err != nil {
			return false, fmt.Errorf("%s: the replica ended after its start: %w", m.To(), err)
		}
		if len(c) == 0 {
			return false, fmt.Errorf("%s: it follows nothing", m.To())
		}
		last = complaint(c[0])
		switch {
		case c[0].Reading == "Yes" && c[0].Applying == "Yes":
			return true, nil
		case gone(c[0].ReadErrno) || c[0].ApplyErrno != 0 || c[0].Reading == "No" && c[0].ReadErrno != 0:
			return false, fmt.Errorf("%s: the replica does not follow %s: %s%s", m.To(), m.From(), last, m.advice(c[0]))
		}
		report(0, 0, "connecting to "+m.From())
		return false, nil
	})
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: the replica runs but does not follow %s: %s", m.To(), m.From(), last)
	}
	return err
}

// complaint is the last error of a connection.
func complaint(c channel) string {
	switch {
	case c.ApplyErrno != 0:
		return fmt.Sprintf("error %d, %s", c.ApplyErrno, c.ApplyError)
	case c.ReadErrno != 0:
		return fmt.Sprintf("error %d, %s", c.ReadErrno, c.ReadError)
	}
	return fmt.Sprintf("reading: %s, applying: %s", c.Reading, c.Applying)
}

// advice is the next step after a connection that will not come about.
func (m making) advice(c channel) string {
	if m.copied && gone(c.ReadErrno) {
		return "\nthe primary purged binary logs while the copy was made: let it keep them for longer, then run the command again"
	}
	if gone(c.ReadErrno) || c.ApplyErrno != 0 {
		return "\nit cannot go on from where it stands: resync with --method full"
	}
	return ""
}
