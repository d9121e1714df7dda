package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/pkg/inventory"
)

// completer offers words for what is being typed. Without an inventory there are none: a shell wants no error then.
type completer = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// complete sets a flag's completer.
func (b *belt) complete(cmd *cobra.Command, flag string, c completer) {
	if err := cmd.RegisterFlagCompletionFunc(flag, c); err != nil {
		panic(err) // the flag does not exist: a defect that every start would show
	}
}

// words makes a completer of a list that the inventory knows.
func (b *belt) words(args []string, typed string, of func(*inventory.Inventory) []string) ([]string, cobra.ShellCompDirective) {
	inv, err := b.inventory()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return begins(of(inv), typed), cobra.ShellCompDirectiveNoFileComp
}

func begins(words []string, typed string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, typed) })
}

// fixed completes from a list that does not change.
func fixed(words ...string) completer {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return begins(words, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFormat offers what the command prints.
func completeFormat(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	words := append([]string{"text", "json"}, strings.Fields(cmd.Annotations[formats])...)
	return begins(words, typed), cobra.ShellCompDirectiveNoFileComp
}

// targets are the names that a database can be given by: without its app where there is one.
func targets(inv *inventory.Inventory) []string {
	names := inv.Targets()
	if len(inv.Apps) == 1 {
		names = append(names, inv.Apps[0].DatabaseNames()...)
	}
	return names
}

// completeTarget offers APP/DATABASE as the only argument.
func (b *belt) completeTarget(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return b.words(args, typed, targets)
}

// completeSelection offers APP and APP/DATABASE as the only argument.
func (b *belt) completeSelection(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return b.words(args, typed, func(inv *inventory.Inventory) []string { return append(inv.AppNames(), targets(inv)...) })
}

// completeApp offers APP as the only argument.
func (b *belt) completeApp(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return b.words(args, typed, (*inventory.Inventory).AppNames)
}

// ofTarget completes a flag from what the target on the command line has.
func (b *belt) ofTarget(args []string, typed string, of func(*inventory.Inventory, inventory.Target) []string) ([]string, cobra.ShellCompDirective) {
	return b.words(args, typed, func(inv *inventory.Inventory) []string {
		if len(args) == 0 {
			return nil
		}
		t, err := inv.Target(args[0])
		if err != nil {
			return nil
		}
		return of(inv, t)
	})
}

// completeNewReplica offers the app's servers that are no member of the database yet.
func (b *belt) completeNewReplica(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return b.ofTarget(args, typed, func(_ *inventory.Inventory, t inventory.Target) []string { return t.OtherServers() })
}

// completeReplica offers the database's members, and those of the databases in other apps that replicate it.
func (b *belt) completeReplica(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return b.ofTarget(args, typed, func(inv *inventory.Inventory, t inventory.Target) []string {
		names := slices.Clone(t.Database.Servers)
		for _, app := range inv.Apps {
			for _, d := range app.Databases {
				if d.Source == t.String() {
					for _, server := range d.Servers {
						names = append(names, app.Name+"/"+server)
					}
				}
			}
		}
		return names
	})
}

// completeSource offers the databases of other apps with the same engine.
func (b *belt) completeSource(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return b.ofTarget(args, typed, func(inv *inventory.Inventory, t inventory.Target) []string { return inv.SourcesFor(t) })
}

// completeChecks offers the names of the checks.
func (b *belt) completeChecks(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return begins(b.checkNames(), typed), cobra.ShellCompDirectiveNoFileComp
}
