package mysql

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/plan"
)

var (
	//go:embed scripts/dump.sh
	dumpScript string
	//go:embed scripts/load.sh
	loadScript string
)

// dump copies the primary's data as SQL into a new data folder, which a server of its own makes. It is how MySQL is copied
// where CLONE cannot.
func (m making) dump() plan.Step {
	s := m.Step(plan.Step{
		ID: "seed", Server: m.To(), Title: "copy the data from " + m.From() + " as a dump", Lane: m.To(),
		Commands: []string{
			fmt.Sprintf("on %s: mysqldump --all-databases %s %s --set-gtid-purged=ON --routines --triggers --events", m.From(), m.consistency(), m.pn.words(sourceData)),
			m.path().Describe(m.From(), m.To()) + ", TLS 1.3",
			m.tn.Program + " --initialize-insecure --datadir=" + m.NewDir(),
			m.tn.Client + "   # into a server with that folder, which nobody else reaches",
		},
		Done: m.Swapped,
		Do: func(ctx context.Context, report plan.Progress) error {
			stream, whole, err := m.fetch(ctx, report)
			if err != nil || whole {
				return err
			}
			return m.engine.mover.Stop(ctx, stream)
		},
		Undo: plan.Undoable("stop the copy and delete it", func(ctx context.Context, _ plan.Progress) error { return m.dropCopy(ctx) }),
	})
	if _, there := m.pn.withoutTransactions(); there {
		s.Disrupts = fmt.Sprintf("writes on %s wait until the copy is made, about %.0f s: some of its tables know no transactions", m.From(), dumpSeconds(m.pn))
	}
	return s
}

// consistency is the option by which a dump is of one moment: a transaction, or a lock for tables that know none.
func (m making) consistency() string {
	_, there := m.pn.withoutTransactions()
	return replica.Choose(there, "--lock-all-tables", "--single-transaction")
}

// dumpStream are the two ends of a dump on its way.
func (m making) dumpStream() (from, to transfer.End) {
	upgrade := replica.Choose(m.pn.version.series() != m.tn.version.series(), "upgrade", "keep")
	return transfer.End{Script: dumpScript, Args: []string{m.pn.Socket, m.pn.words(sourceData), m.consistency()}},
		transfer.End{Script: ownScript + loadScript, Args: []string{m.NewDir(), m.tn.Program, m.tn.Owner, m.tn.Client, upgrade, m.tn.DataDir}}
}
