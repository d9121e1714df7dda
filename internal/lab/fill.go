package lab

import (
	"context"
	"fmt"
	"strconv"
)

// Fill puts about mb megabytes of varied data into the app's database, as the
// engine's users would have it.
func (s *Server) Fill(ctx context.Context, mb int) error {
	if err := s.kit().fill(ctx, max(1, mb)); err != nil {
		return fmt.Errorf("%s: fill with %d MB: %w", s.ID(), mb, err)
	}
	return nil
}

// DataSize is how many bytes the server's data takes.
func (s *Server) DataSize(ctx context.Context) (int64, error) {
	out, err := s.kit().size(ctx)
	if err != nil {
		return 0, err
	}
	bytes, err := strconv.ParseInt(out, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: size: %w", s.ID(), err)
	}
	return bytes, nil
}
