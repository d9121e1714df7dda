package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
)

func checkCommand(b *belt, run func(context.Context, *ops.Session, ops.CheckOptions) (ops.CheckDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.Check
	}
	var o ops.CheckOptions
	cmd := &cobra.Command{
		Use:   "check [APP[/DATABASE]] [--replica SERVER...]",
		Short: "Reach every server, test every precondition, change nothing",
		Long: `Reach every server, test every precondition, and change nothing. Each check has its name and its number.

With --replica it tests all that 'belt db replicate enable' would.`,
		Example: `  belt check
  belt check shop/postgresql --replica db2
  belt check -o json`,
		Args: atMostOne("APP[/DATABASE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Select = args[0]
			}
			if len(o.Replicas) > 0 && o.Select == "" {
				return &flagError{text: "--replica needs to know of which database: belt check APP/DATABASE --replica SERVER"}
			}
			if err := b.knownChecks(o.SkipChecks); err != nil {
				return err
			}
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if len(doc.Checks) > 0 || err == nil {
					b.printChecks(doc)
				}
				if err != nil && !b.flags.json() {
					return &told{err} // the hints stand with the checks
				}
				return err
			})
		},
	}
	cmd.Flags().StringArrayVar(&o.Replicas, "replica", nil, "test everything that making this `SERVER` a replica needs (repeatable)")
	cmd.Flags().StringArrayVar(&o.SkipChecks, "skip-check", nil, "do not count the check `NAME` (repeatable)")
	cmd.ValidArgsFunction = b.completeSelection
	b.complete(cmd, "replica", b.completeNewReplica)
	b.complete(cmd, "skip-check", b.completeChecks)
	return withExits(cmd, looking())
}

// printChecks prints one row a check, and what mends those that failed.
func (b *belt) printChecks(doc ops.CheckDocument) {
	if b.flags.json() {
		b.document(doc)
		return
	}
	if b.screen().width() > 0 {
		b.print(b.screen().Checks(doc.Checks))
	} else {
		b.printCheckTable(doc.Checks)
	}
	if doc.Ready {
		b.say(fmt.Sprintf("ready: %d checks", len(doc.Checks)))
	}
}

// printCheckTable prints checks for what reads a pipe: one a line.
func (b *belt) printCheckTable(checks []plan.Check) {
	style := b.screen().Out()
	var rows [][]string
	for _, c := range checks {
		word := style.Good("ok")
		switch {
		case c.Skipped:
			word = style.Warn("skipped")
		case c.Warning:
			word = style.Warn("warning")
		case !c.OK:
			word = style.Bad("FAILED")
		}
		rows = append(rows, []string{word, c.Server, c.Name, c.Detail})
	}
	b.print(b.screen().Table([]string{"result", "server", "check", "found"}, rows))
	for _, c := range checks {
		if !c.OK && !c.Warning && !c.Skipped && c.Hint != "" {
			where := ""
			if c.Server != "" {
				where = " on " + c.Server
			}
			b.say(fmt.Sprintf("  %s%s: %s", c.Name, where, c.Hint))
		}
	}
}

// named is an engine that can list its checks.
type named interface{ CheckNames() []string }

// checkNames are the names that --skip-check takes.
func (b *belt) checkNames() []string {
	names := []string{"backups", "env", "hooks", "packages", "reach", "size", "sudo"}
	for _, e := range b.engines {
		if known, ok := e.(named); ok {
			names = append(names, known.CheckNames()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// knownChecks refuses names that no check has: who misspells one wants to know before the plan.
func (b *belt) knownChecks(names []string) error {
	for _, e := range b.engines {
		if _, ok := e.(named); !ok {
			return nil // its names are not known
		}
	}
	known := b.checkNames()
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		err := &flagError{text: fmt.Sprintf("--skip-check %s: there is no such check", name), fix: "there are " + strings.Join(known, ", ")}
		if near := inventory.Near(name, known); len(near) > 0 {
			err.text += ": did you mean " + strings.Join(near, " or ") + "?"
		}
		return err
	}
	return nil
}
