package postgresql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// psqlScript runs the SQL on its input through the instance's own socket, as the superuser that owns it.
const psqlScript = `cd / && exec "$1/psql" -X -q -At -w -v ON_ERROR_STOP=1 -d "dbname=$4 host=$2 port=$3 application_name=belt connect_timeout=10"`

// statement is SQL to run on a node.
type statement struct {
	title    string
	sql      string
	database string // empty: postgres
	readOnly bool
}

func (s statement) command(n *native) remote.Command {
	db := s.database
	if db == "" {
		db = "postgres"
	}
	text := s.sql
	if s.readOnly {
		text = "SET default_transaction_read_only = on;\n" + text
	}
	return remote.Command{
		Title: s.title, Script: psqlScript, Args: []string{n.BinDir, n.SocketDir, strconv.Itoa(n.Port), db},
		As: n.Owner, Stdin: strings.NewReader(text), ReadOnly: s.readOnly,
	}
}

// run executes the statement and returns its output, unaligned.
func (s statement) run(ctx context.Context, f replication.Facts) (string, error) {
	out, err := s.output(ctx, f)
	return strings.TrimSpace(out), err
}

func (s statement) output(ctx context.Context, f replication.Facts) (string, error) {
	cmd, err := asAdmin(f.Node, s.command(nativeOf(f)))
	if err != nil {
		return "", err
	}
	result, err := f.Node.Runner.Run(ctx, cmd)
	return result.Stdout, err
}

// ask reads one value.
func ask(ctx context.Context, f replication.Facts, title, sql string) (string, error) {
	return statement{title: title, sql: sql, readOnly: true}.run(ctx, f)
}

// askAll reads one value for each query, in one round trip. Each has to return exactly one row of one line.
func askAll(ctx context.Context, f replication.Facts, title string, queries ...string) ([]string, error) {
	out, err := statement{title: title, sql: strings.Join(queries, ";\n"), readOnly: true}.output(ctx, f)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != len(queries) {
		return nil, fmt.Errorf("%s: %s: %d rows where %d were due: %.200q", f.Node.Label, title, len(lines), len(queries), out)
	}
	return lines, nil
}

// change runs SQL that changes something.
func change(ctx context.Context, f replication.Facts, title, sql string) error {
	_, err := statement{title: title, sql: sql}.run(ctx, f)
	return err
}

// literal quotes a value for SQL.
func literal(s string) string {
	if strings.Contains(s, `\`) {
		return ` E'` + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(s) + `'`
	}
	return `'` + strings.ReplaceAll(s, `'`, `''`) + `'`
}

// ident quotes a name for SQL.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
