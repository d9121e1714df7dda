package postgresql

import (
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// access lets the applications into the replica as the primary lets them in. Debian keeps pg_hba.conf outside of the
// data folder, so a copy of the data does not bring it along.
func (m making) access() (plan.Step, bool) {
	file := m.tn.Settings["hba_file"].Value
	rules := missingRules(m.pn.Rules, m.tn.Rules)
	if len(rules) == 0 || file == "" || strings.HasPrefix(file, m.tn.DataDir+"/") {
		return plan.Step{}, false
	}
	return m.Step(plan.Step{
		ID: "access", Server: m.To(), Title: "let in whom " + m.From() + " lets in", Lane: m.To(),
		Commands: replica.Prefixed("to "+file+": ", rules),
		Do: func(ctx context.Context, _ plan.Progress) error {
			_, err := m.Target.Facts.Node.Runner.Run(ctx, replica.AsRoot("edit pg_hba.conf", copiedScript, append([]string{file}, rules...)...))
			return err
		},
		Undo: plan.Undoable("take the lines out", func(ctx context.Context, _ plan.Progress) error { return m.dropAccess(ctx) }),
	}), true
}

func (m making) dropAccess(ctx context.Context) error {
	file := m.tn.Settings["hba_file"].Value
	if file == "" {
		return nil
	}
	_, err := m.Target.Facts.Node.Runner.Run(ctx, replica.AsRoot("edit pg_hba.conf", copiedScript, file))
	return err
}

// missingRules are the primary's rules for the network that the target does not have. Those for Belt's own replicas, for
// other standbys, and for the server itself stay where they are.
func missingRules(primary, target []string) []string {
	have := map[string]bool{}
	for _, line := range target {
		if !strings.Contains(line, copiedMark) {
			have[strings.Join(strings.Fields(line), " ")] = true
		}
	}
	var out []string
	for _, line := range primary {
		fields := strings.Fields(line)
		if len(fields) < 5 || !strings.HasPrefix(fields[0], "host") || fields[1] == "replication" || strings.Contains(line, "# belt") {
			continue
		}
		rule := strings.Join(fields, " ")
		if strings.HasPrefix(fields[3], "127.") || strings.HasPrefix(fields[3], "::1") || fields[3] == "localhost" || have[rule] {
			continue
		}
		have[rule] = true
		out = append(out, fmt.Sprintf("%s %s", rule, copiedMark))
	}
	return out
}

// copiedMark stands behind each rule that came from the primary.
const copiedMark = "# belt-copied"
