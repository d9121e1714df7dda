package lab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// mysql is the kit of a MariaDB or a MySQL server.
type mysql struct{ *Server }

func (m mysql) setUpArgs() []string {
	args := []string{string(m.Kind), onOff(m.Open), User, m.primaryPassword(), Database, m.ready() + m.Settings}
	if m.Open {
		args = append(args, hostPattern(m.lab.nets[Internal]), hostPattern(m.lab.nets[External]))
	}
	return args
}

// ready is what spares an open primary a restart when it gets its first replica. Debian's MariaDB has no binary log, and
// no certificate.
func (m mysql) ready() string {
	if m.Kind == MariaDB && m.Open && m.isPrimary() {
		return "log_bin = binlog\nssl_cert = /etc/mysql/server.crt\nssl_key = /etc/mysql/server.key\n"
	}
	return ""
}

// hostPattern is a /24 in the way of MySQL's accounts: "10.87.0.%".
func hostPattern(net netip.Prefix) string {
	four := net.Addr().As4()
	return fmt.Sprintf("%d.%d.%d.%%", four[0], four[1], four[2])
}

func (m mysql) ping(ctx context.Context) error {
	_, err := m.SQL(ctx, "SELECT 1")
	return err
}

func (m mysql) size(ctx context.Context) (string, error) {
	return m.Exec(ctx, `du -s --block-size 1 --exclude 'ib_logfile*' --exclude '#innodb_redo' --exclude 'binlog.*' /var/lib/mysql | cut -f 1`)
}

func (m mysql) checksum(ctx context.Context) (string, error) {
	return m.Exec(ctx, `exec bash -o pipefail -c "$1" bash "$2"`, m.ownScript("checksum.sh"), string(m.Kind))
}

// position is the primary's set of transactions.
func (m mysql) position(ctx context.Context) (string, error) {
	name := "@@gtid_executed"
	if m.Kind == MariaDB {
		name = "@@gtid_binlog_pos"
	}
	position, err := m.SQL(ctx, "SELECT REPLACE("+name+", '\n', '')")
	if err == nil && position == "" {
		err = fmt.Errorf("%s: it has no binary log with transactions that are numbered", m.ID())
	}
	return position, err
}

// A replica that follows nothing has a position, too; that it waits for more is asked for beside it.
func (m mysql) replayed(ctx context.Context, position string) error {
	wait := "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + position + "', 1)"
	follows := "SELECT COUNT(*) FROM performance_schema.replication_applier_status WHERE SERVICE_STATE = 'ON'"
	if m.Kind == MariaDB {
		wait = "SELECT MASTER_GTID_WAIT('" + position + "', 1)"
		follows = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND IN ('Slave_SQL', 'Slave_worker') OR STATE LIKE '%Slave has read all relay log%'"
	}
	out, err := m.SQL(ctx, wait+"; "+follows)
	if err != nil {
		return err
	}
	if answers := strings.Fields(out); len(answers) == 2 && answers[0] == "0" && answers[1] != "0" {
		return nil
	}
	return fmt.Errorf("%s: wants to replay %s; time-out and appliers: %q", m.ID(), position, out)
}

func (m mysql) makeTable(ctx context.Context, table string) error {
	_, err := m.SQLIn(ctx, Database, "CREATE TABLE IF NOT EXISTS "+table+
		" (id BIGINT PRIMARY KEY, at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), filler VARCHAR(200) NOT NULL DEFAULT '"+strings.Repeat("x", 100)+"')")
	return err
}

func (m mysql) written(ctx context.Context, table string) (string, error) {
	return m.SQLIn(ctx, Database, "SELECT id FROM "+table)
}

// session ends when a write is refused: the client then leaves, and what follows the write is never sent.
func (m mysql) session(from *Server) dialer {
	args := []string{"exec", "-i", m.Container}
	account := []string{}
	if from != nil {
		args = []string{"exec", "-i", "-e", "MYSQL_PWD=" + Password, from.Container}
		account = []string{"--host=" + m.Internal.String(), "--user=" + User, "--connect-timeout=10"}
	}
	args = append(args, "sh", "-c", `exec "$@" 2>&1`, "sh", string(m.Kind))
	args = append(args, account...)
	return dialogue{
		command: append(args, "--batch", "--skip-column-names", "--unbuffered", "--skip-reconnect", Database),
		write: func(table string, id int64) turn {
			return turn{
				send: fmt.Sprintf("INSERT INTO %s (id) VALUES (%d); SELECT 'ack', %d; SELECT 'end', %d;\n", table, id, id, id),
				ack:  fmt.Sprintf("ack\t%d", id), end: fmt.Sprintf("end\t%d", id),
			}
		},
	}
}

// SQL runs statements as the root account of MariaDB or MySQL, which comes in over the socket. Rows are returned one a
// line, columns separated by a tab.
func (s *Server) SQL(ctx context.Context, sql string) (string, error) {
	return s.SQLIn(ctx, "", sql)
}

// SQLIn is SQL in a database.
func (s *Server) SQLIn(ctx context.Context, database, sql string) (string, error) {
	out, err := dockerInput(ctx, strings.NewReader(sql), append([]string{"exec", "-i"}, s.mysqlClient(database)...)...)
	if err != nil {
		return out, fmt.Errorf("%s: %s: %w", s.ID(), s.Kind, err)
	}
	return out, nil
}

// mysqlClient is the command, for docker exec, that reads SQL from stdin as root.
func (s *Server) mysqlClient(database string) []string {
	args := []string{s.Container, string(s.Kind), "--batch", "--skip-column-names", "--default-character-set=utf8mb4"}
	if database != "" {
		args = append(args, database)
	}
	return args
}
