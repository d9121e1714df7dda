package redis

import (
	_ "embed"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/internal/replica"
)

var (
	//go:embed scripts/inspect.sh
	inspectSh string

	//go:embed scripts/rehearse.sh
	rehearseScript string
	//go:embed scripts/begin.sh
	beginScript string
	//go:embed scripts/move.sh
	moveScript string
	//go:embed scripts/aside.sh
	asideScript string

	inspectScript = replica.HostScript + replica.NotesScript + talk.ConfScript + talk.LoginScript + inspectSh
)
