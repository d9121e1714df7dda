package lab

import (
	"context"
	"fmt"
	"strings"
)

// Checksum reads everything in the server's databases and returns a SHA-256
// per object: a table's rows, a database's definitions, the keys of one type in
// a database of Redis. It shares nothing with Belt's own verify. To compare a
// primary with its replica, stop the writers and call WaitReplayed first.
func (s *Server) Checksum(ctx context.Context) (map[string]string, error) {
	out, err := s.kit().checksum(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: checksum: %w", s.ID(), err)
	}
	sums := map[string]string{}
	for _, line := range lines(out) {
		object, sum, ok := strings.Cut(line, "\t")
		if !ok || len(sum) != 64 {
			return nil, fmt.Errorf("%s: checksum: unexpected line %q", s.ID(), line)
		}
		sums[object] = sum
	}
	if len(sums) == 0 {
		return nil, fmt.Errorf("%s: checksum: no database", s.ID())
	}
	return sums, nil
}
