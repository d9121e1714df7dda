package compare

import (
	"context"
	"fmt"
	"strings"
)

// version is what a server says of itself.
type version struct {
	full    string // "10.11.14-MariaDB-0+deb12u2"
	mariaDB bool
}

// series is the version as far as definitions read the same: "10.11", "8.4".
func (v version) series() string {
	parts := strings.SplitN(v.full, ".", 3)
	if len(parts) < 2 {
		return v.full
	}
	return parts[0] + "." + parts[1]
}

func (s *side) meet(ctx context.Context) error {
	full, err := s.value(ctx, "VERSION()")
	s.version = version{full: full, mariaDB: strings.Contains(strings.ToLower(full), "mariadb")}
	return err
}

// follows tells whether the server applies a primary's changes, so that waiting for it makes sense.
func (s *side) follows(ctx context.Context) (bool, error) {
	sql := "(SELECT COUNT(*) FROM performance_schema.replication_applier_status WHERE SERVICE_STATE = 'ON')"
	if s.version.mariaDB {
		sql = "(SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'SLAVES_RUNNING')"
	}
	running, err := s.value(ctx, sql)
	if err != nil {
		return false, fmt.Errorf("whether it replicates: %w", err)
	}
	return running != "0", nil
}
