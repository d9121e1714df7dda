package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/plan"
)

// resultError is the error of a command that printed its document already, or that still has to print it.
type resultError struct {
	result ops.Result
	err    error
}

func (e *resultError) Error() string { return e.err.Error() }
func (e *resultError) Unwrap() error { return e.err }

// changesTarget completes a command that changes its target: o are its options, of which c and target are parts.
func changesTarget[O any](b *belt, cmd *cobra.Command, o *O, c *ops.Change, target *string,
	run func(context.Context, *ops.Session, O) (ops.Result, error)) *cobra.Command {
	cmd.Args = targetArgs("APP/DATABASE")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		*target = args[0]
		return b.change(cmd, c, *target, func(ctx context.Context, s *ops.Session) (ops.Result, error) { return run(ctx, s, *o) })
	}
	addChange(cmd.Flags(), c)
	cmd.ValidArgsFunction = b.completeTarget
	b.complete(cmd, "skip-check", b.completeChecks)
	return withExits(cmd, changing())
}

// change runs a changing command and prints how it ended.
func (b *belt) change(cmd *cobra.Command, c *ops.Change, target string,
	run func(context.Context, *ops.Session) (ops.Result, error)) error {
	result := ops.NewResult(commandName(cmd), target)
	if err := b.knownChecks(c.SkipChecks); err != nil {
		return err
	}
	ctx, stop := b.deadline(cmd.Context())
	defer stop()
	c.Yes, c.Hard = b.flags.yes, b.hard
	b.screen().begun = func() { b.changing.Store(true) }
	err := b.session(ctx, func(s *ops.Session) (err error) {
		result, err = run(ctx, s)
		return err
	})
	if errors.Is(err, plan.ErrInterrupt) && !b.changing.Load() {
		err = fmt.Errorf("%w: nothing was changed", err)
	}
	if result.Plan != nil { // a dry run: the plan is the result, also when its checks refuse it
		b.printPlan(*result.Plan)
		return err
	}
	if err != nil {
		return &resultError{result, err}
	}
	b.printResult(result)
	return nil
}

// commandName is the command without the program: "db replicate enable".
func commandName(cmd *cobra.Command) string {
	name := cmd.Name()
	for p := cmd.Parent(); p != nil && p.HasParent(); p = p.Parent() {
		name = p.Name() + " " + name
	}
	return name
}
