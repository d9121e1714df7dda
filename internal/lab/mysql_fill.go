package lab

import (
	"context"
	"fmt"
	"strings"
)

// fill makes a small shop with what a copy can get wrong: foreign keys, a view, routines, triggers, events, blobs,
// generated columns, several character sets, partitions, and in MariaDB tables that know no transactions.
func (m mysql) fill(ctx context.Context, mb int) error {
	schema, rows := m.ownScript("schema.sql"), m.ownScript("rows.sql")
	if m.Kind == MariaDB {
		schema += m.ownScript("mariadb-schema.sql")
		rows += m.ownScript("mariadb-rows.sql")
	}
	var sql strings.Builder
	sql.WriteString(schema)
	for chunk := range (mb + 2) / 3 {
		fmt.Fprintf(&sql, "SET @chunk = %d;\n%s", chunk+1, rows)
	}
	_, err := m.SQLIn(ctx, Database, sql.String())
	return err
}
