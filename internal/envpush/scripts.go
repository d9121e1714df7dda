package envpush

import _ "embed"

var (
	//go:embed sh/common.sh
	commonSh string
	//go:embed sh/apply.sh
	applySh string

	//go:embed sh/read.sh
	readSh string
	//go:embed sh/stage.sh
	stageSh string
	//go:embed sh/switch.sh
	switchSh string
	//go:embed sh/owed.sh
	owedSh string
	//go:embed sh/discard.sh
	discardSh string
	//go:embed sh/history.sh
	historySh string
)
