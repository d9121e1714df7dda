package mysql

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// optionsStep changes the primary's options in a file that is read last, and reads back what the running server uses.
func optionsStep(p replication.Facts, c changes, adopt bool) plan.Step {
	n := nativeOf(p)
	s := plan.Step{
		ID: "options", Server: p.Node.Label, Title: "set what replication needs: " + c.names(),
		Commands: c.commands(n), Adopt: adopt,
		Do: func(ctx context.Context, report plan.Progress) error { return applyOptions(ctx, p, c, report) },
		Undo: plan.Undoable("put the options back", func(ctx context.Context, report plan.Progress) error {
			return restoreOptions(ctx, p, restoration{only: c.only(), restart: c.restart}, report)
		}),
	}
	if c.restart {
		s.Disrupts = fmt.Sprintf("%s restarts, since %s needs it: %s", p.Node.Label, c.restartNames(), outage(p))
	}
	return s
}

// outage is what a restart costs.
func outage(p replication.Facts) string { return replica.Outage(p, nativeOf(p).restartSeconds()) }

// adoptedOptions stands for the options that an unfinished run had already changed: nothing is left to do, and a failure
// puts them back, unless another replica needs them.
func adoptedOptions(p replication.Facts, makings []making) (plan.Step, bool) {
	n := nativeOf(p)
	mine := map[string]bool{}
	for _, m := range makings {
		if !m.Adopt {
			return plan.Step{}, false
		}
		mine[m.Name] = true
	}
	for _, a := range n.Accounts {
		if !mine[a.Name] && !makings[0].Chained {
			return plan.Step{}, false
		}
	}
	return replica.KeptSettings(p, "options", func(ctx context.Context, report plan.Progress) error {
		return restoreOptions(ctx, p, restoration{restart: true}, report)
	}), len(n.saved()) > 0
}

func (c changes) only() map[string]bool {
	out := map[string]bool{}
	for _, s := range c.list {
		out[s.name] = true
	}
	return out
}

func (c changes) options() []option {
	out := make([]option, 0, len(c.list))
	for _, s := range c.list {
		out = append(out, s.option)
	}
	return out
}

func applyOptions(ctx context.Context, p replication.Facts, c changes, report plan.Progress) error {
	n := nativeOf(p)
	record := maps.Clone(n.saved())
	for _, s := range c.list {
		was := s.from
		if before, noted := record[s.name]; noted {
			was = before.Was
		}
		record[s.name] = savedOption{Was: was, To: s.text, Restart: s.restart}
	}
	if err := replica.PutState(ctx, p.Node.Runner, instanceOf(p).StateFile("settings"), record); err != nil {
		return err
	}
	if err := writeOptions(ctx, p, optionsOf(p, record)); err != nil {
		return err
	}
	if c.gtid {
		if err := switchGTID(ctx, p, true, report); err != nil {
			return err
		}
	}
	var sql strings.Builder
	for _, s := range c.list {
		if !s.restart && !strings.Contains(s.name, "gtid") {
			fmt.Fprintf(&sql, "SET GLOBAL %s = %s;\n", s.name, dynamic(s.text))
		}
	}
	if sql.Len() > 0 && !c.restart {
		if err := change(ctx, p, "set the options", sql.String()); err != nil {
			return err
		}
	}
	if c.restart {
		if err := instanceOf(p).RestartPrimary(ctx, report); err != nil {
			return err
		}
	}
	return optionsHold(ctx, p, c.options())
}

// dynamic is a value for SET GLOBAL.
func dynamic(value string) string {
	if value != "" && strings.Trim(value, "0123456789.") == "" {
		return value
	}
	return quoted(value)
}

func (s saved) texts() map[string]string {
	out := map[string]string{}
	for name, o := range s {
		if name != pluginNote {
			out[name] = o.To
		}
	}
	return out
}
