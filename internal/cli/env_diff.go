package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/envfile"
)

func envDiffCommand(b *belt, run func(context.Context, *ops.Session, ops.EnvOptions) (ops.EnvDiffDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.EnvDiff
	}
	var o ops.EnvOptions
	var reveal bool
	cmd := &cobra.Command{
		Use:   "diff [APP]",
		Short: "How the app servers' files differ from what they are to have",
		Long:  `How the file of variables on each app server differs from what it is to have. Secrets are masked.`,
		Example: `  belt env diff shop
  belt env diff shop -o json`,
		Args: atMostOne("APP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.App = args[0]
			}
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if len(doc.Servers) > 0 {
					b.printEnvDiff(doc, reveal)
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show secrets")
	cmd.ValidArgsFunction = b.completeApp
	return withExits(cmd, looking())
}

func (b *belt) printEnvDiff(doc ops.EnvDiffDocument, reveal bool) {
	if !reveal {
		for _, server := range doc.Servers {
			for i, c := range server.Changes {
				server.Changes[i] = c.Masked()
			}
		}
	}
	if b.flags.json() {
		b.document(doc)
		return
	}
	for _, same := range alike(doc.Servers) {
		first, names := same[0], few(same)
		switch {
		case first.Error != "":
			b.say(names + ": not read: " + strings.TrimPrefix(first.Error, first.Server+": "))
		case first.Equal && first.Owed:
			b.say(names + ": equal, but a push did not come to its end: the app may not have read it")
		case first.Equal:
			b.say(names + ": equal")
		default:
			b.say(names + ": " + first.File)
			b.say(changes("  ", first.Changes)...)
		}
	}
}

// alike puts servers together whose files differ in the same way, in the order of the first of each.
func alike(servers []ops.EnvServerDiff) [][]ops.EnvServerDiff {
	var groups [][]ops.EnvServerDiff
	for _, one := range servers {
		i := slices.IndexFunc(groups, func(g []ops.EnvServerDiff) bool {
			first := g[0]
			return first.Equal == one.Equal && first.Owed == one.Owed && first.Error == "" && one.Error == "" && first.File == one.File && slices.Equal(first.Changes, one.Changes)
		})
		if i < 0 {
			groups = append(groups, []ops.EnvServerDiff{one})
			continue
		}
		groups[i] = append(groups[i], one)
	}
	return groups
}

// few names the servers, or the first of many.
func few(servers []ops.EnvServerDiff) string {
	const most = 8
	var names []string
	for _, one := range servers {
		names = append(names, one.Server)
	}
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// changes are the lines of a diff.
func changes(indent string, list []envfile.Change) []string {
	var lines []string
	for _, c := range list {
		if c.Kind != envfile.Added {
			lines = append(lines, indent+"-"+c.Name+"="+oneLine(c.Old))
		}
		if c.Kind != envfile.Removed {
			lines = append(lines, indent+"+"+c.Name+"="+oneLine(c.New))
		}
	}
	return lines
}

// oneLine shows a value on one line, and nothing in it that a terminal would obey.
func oneLine(value string) string {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return strconv.Quote(value)
	}
	return value
}
