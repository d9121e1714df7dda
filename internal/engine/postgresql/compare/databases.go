package compare

import (
	"context"
	"fmt"
	"strconv"
)

// maintenance is the database that is there for administration.
const maintenance = "postgres"

// database is one that a server has.
type database struct {
	name  string
	open  bool // takes connections
	bytes int64
}

// databases lists those of the server. One whose DROP was interrupted (datconnlimit -2, since 15.4, 14.9 and 13.12)
// takes no connections.
func (s *side) databases(ctx context.Context) ([]database, error) {
	rows, err := s.rows(ctx, `SELECT json_build_array(datname, datallowconn AND datconnlimit <> -2, pg_database_size(oid)) FROM pg_database ORDER BY datname`)
	if err != nil {
		return nil, fmt.Errorf("listing the databases: %w", err)
	}
	out := make([]database, len(rows))
	for i, row := range rows {
		bytes, _ := strconv.ParseInt(row[2], 10, 64)
		out[i] = database{name: row[0], open: row[1] == "true", bytes: bytes}
	}
	return out, nil
}
