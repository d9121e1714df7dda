package mysql

import (
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// sqlScript runs the SQL on its input through the instance's own socket. $1 client, $2 socket.
const sqlScript = `cd / && "$1" "${login:---no-defaults}" ${user---user=root} --protocol=socket --socket="$2" --connect-timeout=10 ` +
	`--default-character-set=utf8mb4 --batch --raw --skip-column-names`

// statement is SQL to run on a node.
type statement struct {
	title    string
	sql      string
	readOnly bool
}

func (s statement) run(ctx context.Context, f replication.Facts) (string, error) {
	n := nativeOf(f)
	cmd, err := asAdmin(f.Node, remote.Command{
		Title: s.title, Script: sqlScript, Args: []string{n.Client, n.Socket}, As: "root",
		Stdin: strings.NewReader(s.sql + "\n"), ReadOnly: s.readOnly,
	})
	if err != nil {
		return "", err
	}
	result, err := f.Node.Runner.Run(ctx, cmd)
	return strings.TrimSuffix(result.Stdout, "\n"), err
}

// ask reads one value.
func ask(ctx context.Context, f replication.Facts, title, sql string) (string, error) {
	return statement{title: title, sql: sql, readOnly: true}.run(ctx, f)
}

// askAll reads one row for each query, in one round trip. Each has to return exactly one row of one line.
func askAll(ctx context.Context, f replication.Facts, title string, queries ...string) ([]string, error) {
	out, err := ask(ctx, f, title, strings.Join(queries, ";\n")+";")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(out, "\n")
	if len(lines) != len(queries) {
		return nil, fmt.Errorf("%s: %s: %d rows where %d were due: %.200q", f.Node.Label, title, len(lines), len(queries), out)
	}
	return lines, nil
}

// change runs SQL that changes something and that every replica is to have, too.
func change(ctx context.Context, f replication.Facts, title, sql string) error {
	_, err := statement{title: title, sql: sql}.run(ctx, f)
	return err
}

// changeHere runs SQL that changes something on this server alone: it stays out of the binary log. A replica that logs
// changes of its own has transactions that its primary does not know.
func changeHere(ctx context.Context, f replication.Facts, title, sql string) error {
	return change(ctx, f, title, "SET SESSION sql_log_bin = 0;\n"+sql)
}

// quoted is a value for SQL.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(s) + "'"
}

// ident quotes a name for SQL.
func ident(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }

// user is an account for SQL: 'belt_shop_db2'@'10.0.0.22'.
func user(name, host string) string { return quoted(name) + "@" + quoted(host) }
