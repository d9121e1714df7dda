package postgresql

import (
	_ "embed"
)

var (
	//go:embed scripts/hba.sh
	hbaScript string
	//go:embed scripts/copied.sh
	copiedScript string
	//go:embed scripts/guard.sh
	guardScript string
	//go:embed scripts/linked.sh
	linkedScript string
	//go:embed scripts/seed.sh
	seedScript string
	//go:embed scripts/reload.sh
	reloadScript string
	//go:embed scripts/copyread.sh
	copyReadScript string
	//go:embed scripts/copywrite.sh
	copyWriteScript string
	//go:embed scripts/fence.sh
	fenceScript string
	//go:embed scripts/unfence.sh
	unfenceScript string
	//go:embed scripts/control.sh
	controlScript string
	//go:embed scripts/rewind.sh
	rewindScript string
)
