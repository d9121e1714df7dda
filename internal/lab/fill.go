package lab

import (
	"context"
	"fmt"
)

// mbPerScale is what one unit of pgbench's scale takes on disk, with indexes.
const mbPerScale = 15

// Fill makes pgbench's tables in the app's database, as the app's user, of
// about mb megabytes.
func (s *Server) Fill(ctx context.Context, mb int) error {
	scale := max(1, (mb+mbPerScale-1)/mbPerScale)
	// Steps: drop, create tables, generate rows in the server, vacuum, primary keys.
	err := s.docker(ctx, "exec", "-u", "postgres", "-e", "PGOPTIONS=-c role="+User, s.Container,
		"pgbench", "--initialize", "--init-steps=dtGvp", "--quiet", "--scale", fmt.Sprint(scale), Database)
	if err != nil {
		return fmt.Errorf("fill with %d MB: %w", mb, err)
	}
	return nil
}
