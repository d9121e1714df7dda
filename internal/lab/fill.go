package lab

import (
	"context"
	"fmt"
)

// Fill puts about mb megabytes of varied data into the app's database, as the
// engine's users would have it.
func (s *Server) Fill(ctx context.Context, mb int) error {
	if err := s.kit().fill(ctx, max(1, mb)); err != nil {
		return fmt.Errorf("%s: fill with %d MB: %w", s.ID(), mb, err)
	}
	return nil
}
