package ops

import (
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/job"
)

// takeOver ends backups that are being taken from the servers that a change works on: their data is about to be another, and
// what mends a replica matters more. It says so.
func (s *Session) takeOver(ctx context.Context, c change) error {
	if c.group.target.App.Backups.Server == "" {
		return nil
	}
	for _, n := range c.targets {
		jobs, err := job.List(ctx, n.Runner)
		if err != nil {
			continue // whoever cannot be asked is told of by the change itself
		}
		for _, j := range jobs {
			if j.State != job.Running || !strings.HasPrefix(j.ID, "backup.create.") {
				continue
			}
			if err := job.At(n.Runner, j.ID).Stop(ctx); err != nil {
				return fmt.Errorf("end the backup that is being taken: %w", err)
			}
			s.Screen.Warn(fmt.Sprintf("%s: %s was under way, and is ended: %s matters more; take it again afterwards", n.Label, j.Title, c.command))
		}
	}
	return nil
}
