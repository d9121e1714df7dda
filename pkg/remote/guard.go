package remote

import "context"

// Guard returns a runner that lets only commands with ReadOnly pass; others end with a *GuardError and never reach the
// server. Inspection and --dry-run work behind it.
func Guard(r Runner) Runner { return guarded{r} }

type guarded struct{ Runner }

func (g guarded) Run(ctx context.Context, cmd Command) (Result, error) {
	if !cmd.ReadOnly {
		return Result{Code: -1}, &GuardError{Server: g.Server(), Title: Title(cmd)}
	}
	return g.Runner.Run(ctx, cmd)
}
