package lab

import (
	"context"
	"fmt"
	"strings"
)

// postgresql is the kit of a PostgreSQL server.
type postgresql struct{ *Server }

func (p postgresql) setUpArgs() []string {
	nets := p.lab.nets
	return []string{string(p.Kind), onOff(p.Open), nets[Internal].String(), nets[External].String(),
		User, p.primaryPassword(), Database, onOff(p.Checksums), p.Settings}
}

func (p postgresql) ping(ctx context.Context) error {
	_, err := p.PSQL(ctx, "SELECT 1")
	return err
}

func (p postgresql) size(ctx context.Context) (string, error) {
	return p.PSQL(ctx, "SELECT sum(pg_database_size(oid))::bigint FROM pg_database")
}

// Unlogged tables are left out: a replica has none of their rows.
func (p postgresql) checksum(ctx context.Context) (string, error) {
	return docker(ctx, "exec", "-u", "postgres", p.Container, "/bin/bash", "-o", "pipefail", "-c", p.ownScript("checksum.sh"))
}

func (p postgresql) position(ctx context.Context) (string, error) {
	return p.PSQL(ctx, "SELECT pg_current_wal_lsn()")
}

func (p postgresql) replayed(ctx context.Context, position string) error {
	out, err := p.PSQL(ctx, "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= '"+position+"', pg_last_wal_replay_lsn()")
	if err != nil || strings.HasPrefix(out, "t|t|") {
		return err
	}
	return fmt.Errorf("%s: wants to replay %s; in recovery|replayed|position: %s", p.ID(), position, out)
}

func (p postgresql) makeTable(ctx context.Context, table string) error {
	_, err := p.PSQLIn(ctx, Database, `
		SET client_min_messages = warning;
		SET ROLE `+User+`;
		CREATE TABLE IF NOT EXISTS `+table+` (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), filler text NOT NULL DEFAULT repeat('x', 100))`)
	return err
}

func (p postgresql) written(ctx context.Context, table string) (string, error) {
	return p.PSQLIn(ctx, Database, "SELECT id FROM "+table)
}

func (p postgresql) session(from *Server) dialer {
	psql := `psql -XqAt -d "$1" 2>&1`
	d := dialogue{
		command: []string{"exec", "-i", "-u", "postgres", p.Container, "sh", "-c", psql, "sh", "dbname=" + Database + " options='-c role=" + User + "'"},
		// What psql prints after the answer ends it, whatever the answer is.
		write: func(table string, id int64) turn {
			return turn{
				send: fmt.Sprintf("INSERT INTO %s (id) VALUES (%d) RETURNING 'ack', id;\n\\echo end %d\n", table, id, id),
				ack:  fmt.Sprintf("ack|%d", id), end: fmt.Sprintf("end %d", id),
			}
		},
	}
	if from != nil {
		d.command = []string{"exec", "-i", "-e", "PGPASSWORD=" + Password, from.Container, "sh", "-c", psql, "sh",
			fmt.Sprintf("host=%s user=%s dbname=%s connect_timeout=10", p.Internal, User, Database)}
	}
	return d
}

// PSQL runs SQL as postgres in the database postgres. Rows are returned one a
// line, columns separated by "|".
func (s *Server) PSQL(ctx context.Context, sql string) (string, error) {
	return s.PSQLIn(ctx, "postgres", sql)
}

// PSQLIn is PSQL in another database.
func (s *Server) PSQLIn(ctx context.Context, database, sql string) (string, error) {
	out, err := dockerInput(ctx, strings.NewReader(sql), "exec", "-i", "-u", "postgres", s.Container,
		"psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database)
	if err != nil {
		return out, fmt.Errorf("%s: psql: %w", s.ID(), err)
	}
	return out, nil
}
