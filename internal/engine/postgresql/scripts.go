package postgresql

import (
	_ "embed"

	"github.com/dbbelt/belt/pkg/remote"
)

var (
	//go:embed scripts/hba.sh
	hbaScript string
	//go:embed scripts/copied.sh
	copiedScript string
	//go:embed scripts/dropcopy.sh
	dropCopyScript string
	//go:embed scripts/seed.sh
	seedScript string
	//go:embed scripts/rewind.sh
	rewindScript string
	//go:embed scripts/swap.sh
	swapScript string
	//go:embed scripts/unswap.sh
	unswapScript string
	//go:embed scripts/start.sh
	startScript string
)

// asRoot is a script that changes something as root.
func asRoot(title, script string, args ...string) remote.Command {
	return remote.Command{Title: title, Script: script, Args: args, As: "root"}
}

// look is a script that only reads, as root.
func look(title, script string, args ...string) remote.Command {
	return remote.Command{Title: title, Script: script, Args: args, As: "root", ReadOnly: true}
}
