package replica

import (
	_ "embed"

	"github.com/dbbelt/belt/pkg/remote"
)

// AsRoot is a script that changes something as root.
func AsRoot(title, script string, args ...string) remote.Command {
	return remote.Command{Title: title, Script: script, Args: args, As: "root"}
}

// Look is a script that only reads, as root.
func Look(title, script string, args ...string) remote.Command {
	return remote.Command{Title: title, Script: script, Args: args, As: "root", ReadOnly: true}
}

var (
	// HostScript is the part of an inspection that is about the operating system: name=value lines for [Answer.Host]. It
	// defines the functions put and one_line for what follows it.
	//
	//go:embed scripts/host.sh
	HostScript string

	// NotesScript defines the function notes, which prints what Belt noted on a server about one of its instances, for
	// [Answer.Notes].
	//
	//go:embed scripts/notes.sh
	NotesScript string

	// UnitScript defines stop_unit and start_unit, which also mind what would start a unit.
	//
	//go:embed scripts/unit.sh
	UnitScript string

	//go:embed scripts/swap.sh
	swapScript string
	//go:embed scripts/unswap.sh
	unswapScript string
	//go:embed scripts/dropcopy.sh
	dropCopyScript string
	//go:embed scripts/deletefolder.sh
	deleteFolderScript string
	//go:embed scripts/start.sh
	startScript string
)
