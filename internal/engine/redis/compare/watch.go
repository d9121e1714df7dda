package compare

import "context"

// watch begins to watch keys for writes: a value that goes and comes back, such as that of a lock, looks alike before and
// after. It returns false where the server does not let Belt.
func (s *side) watch(ctx context.Context, keys []string) (bool, error) {
	replies, err := s.Ask(ctx, append([]string{"WATCH"}, keys...))
	if err != nil {
		return false, err
	}
	return replies[0].Err == nil, nil
}

// untouched ends the watch, and tells whether nobody wrote to any of the keys.
func (s *side) untouched(ctx context.Context) (bool, error) {
	replies, err := s.Ask(ctx, []string{"MULTI"}, []string{"ECHO", "still"}, []string{"EXEC"})
	if err != nil {
		return false, err
	}
	return replies[2].Err == nil && replies[2].Value() == "still", nil
}
