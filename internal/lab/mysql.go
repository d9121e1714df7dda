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
	args := []string{string(m.Kind), onOff(m.Open), User, m.passwordOf(), Database, m.Settings}
	if m.Open {
		args = append(args, hostPattern(m.lab.nets[Internal]), hostPattern(m.lab.nets[External]))
	}
	return args
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
