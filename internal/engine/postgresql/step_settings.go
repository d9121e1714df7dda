package postgresql

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// restartSeconds is what a restart of the primary is announced with: a fast shutdown, a checkpoint and the start.
const restartSeconds = 3

// saved is what postgresql.auto.conf of a primary had before Belt changed it; null where it had nothing.
type saved map[string]*string

// settingsFile is the note of what was saved.
func settingsFile(n *native) string { return replica.StateFile(instance(n), "settings") }

// settingsLane has the steps that make the primary read its files again: one after the other, for each waits for its own.
const settingsLane = "settings"

// settingsStep changes the primary's settings with ALTER SYSTEM, which wins over every file, and reads back what the
// running server uses.
func settingsStep(p replication.Facts, c changes, adopt bool) plan.Step {
	n := nativeOf(p)
	s := plan.Step{
		ID: "settings", Server: p.Node.Label, Title: "set what replication needs: " + c.names(),
		Commands: c.commands(n.Service), Adopt: adopt,
		Do: func(ctx context.Context, report plan.Progress) error { return applySettings(ctx, p, c, report) },
		Undo: plan.Undoable("put the settings back", func(ctx context.Context, report plan.Progress) error {
			return restoreSettings(ctx, p, c.only(), c.restart, report)
		}),
	}
	if !c.restart && !c.certificate {
		s.Lane = settingsLane
	}
	if c.restart {
		s.Disrupts = fmt.Sprintf("%s restarts, since %s needs it: %s", p.Node.Label, c.restartNames(), outage(p))
	}
	return s
}

// outage is what a restart costs.
func outage(p replication.Facts) string { return replica.Outage(p, restartSeconds) }

// adoptedSettings stands for the settings that an unfinished run had already changed: nothing is left to do, and a
// failure puts them back, unless another replica needs them.
func adoptedSettings(p replication.Facts, makings []making) (plan.Step, bool) {
	n := nativeOf(p)
	mine := map[string]bool{}
	for _, m := range makings {
		if !m.Adopt {
			return plan.Step{}, false
		}
		mine[m.Name] = true
	}
	for _, s := range n.Slots {
		if strings.HasPrefix(s.Name, "belt_") && !mine[s.Name] {
			return plan.Step{}, false
		}
	}
	return replica.KeptSettings(p, "settings", func(ctx context.Context, report plan.Progress) error {
		return restoreSettings(ctx, p, nil, true, report)
	}), len(n.Saved) > 0
}

func (c changes) names() string {
	var names []string
	for _, s := range c.list {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

func (c changes) restartNames() string {
	var names []string
	for _, s := range c.list {
		if s.restart {
			names = append(names, s.name)
		}
	}
	return strings.Join(names, ", ")
}

func (c changes) only() map[string]bool {
	out := map[string]bool{}
	for _, s := range c.list {
		out[s.name] = true
	}
	return out
}

func applySettings(ctx context.Context, p replication.Facts, c changes, report plan.Progress) error {
	n := nativeOf(p)
	before, err := autoConf(ctx, p)
	if err != nil {
		return err
	}
	record := maps.Clone(n.Saved)
	if record == nil {
		record = saved{}
	}
	var sql strings.Builder
	for _, s := range c.list {
		if _, noted := record[s.name]; !noted {
			record[s.name] = before[s.name]
		}
		fmt.Fprintf(&sql, "ALTER SYSTEM SET %s = %s;\n", s.name, settingLiteral(s.name, s.to))
	}
	if err := replica.PutState(ctx, p.Node.Runner, settingsFile(n), record); err != nil {
		return err
	}
	if c.certificate { // after the note, by which the undo knows that it is Belt's
		if err := instanceOf(p).MakeCertificate(ctx, serverCert(n), serverKey(n)); err != nil {
			return err
		}
	}
	wanted := c.wanted()
	answers, err := reload(ctx, p, sql.String(), settingQueries(wanted)...)
	if err != nil {
		return err
	}
	if !c.restart {
		return firstOther(p, wanted, answers)
	}
	if err := instanceOf(p).RestartPrimary(ctx, report); err != nil {
		return err
	}
	return settingsHold(ctx, p, wanted)
}

// settingLiteral quotes a value for ALTER SYSTEM, with its unit where pg_settings leaves it out.
func settingLiteral(name, value string) string {
	if name == "max_slot_wal_keep_size" {
		return literal(value + "MB")
	}
	return literal(value)
}

// wanted are the values that the running server has to use.
func (c changes) wanted() []autoLine {
	out := make([]autoLine, 0, len(c.list))
	for _, s := range c.list {
		out = append(out, autoLine{s.name, s.to})
	}
	return out
}

// settingsHold tells whether the running server uses these values, and what wins where it does not.
func settingsHold(ctx context.Context, f replication.Facts, wanted []autoLine) error {
	answers, err := askAll(ctx, f, "read settings back", settingQueries(wanted)...)
	if err != nil {
		return err
	}
	return firstOther(f, wanted, answers)
}

func settingQueries(wanted []autoLine) []string {
	queries := make([]string, 0, len(wanted))
	for _, w := range wanted {
		queries = append(queries, settingSQL(w.name))
	}
	return queries
}

func settingSQL(name string) string {
	return "SELECT setting || E'\\t' || source || ' ' || coalesce(sourcefile, '') FROM pg_settings WHERE name = " + literal(name)
}

// firstOther names the first setting that is not as wanted, and where its value comes from.
func firstOther(f replication.Facts, wanted []autoLine, answers []string) error {
	for i, w := range wanted {
		if value, source, _ := strings.Cut(answers[i], "\t"); value != w.value {
			return fmt.Errorf("%s: %s is %q and not %q: it is set by %s", f.Node.Label, w.name, value, w.value, strings.TrimSpace(source))
		}
	}
	return nil
}

// autoConf is what postgresql.auto.conf sets now.
func autoConf(ctx context.Context, p replication.Facts) (saved, error) {
	out, err := ask(ctx, p, "read postgresql.auto.conf",
		"SELECT coalesce(json_object_agg(name, setting), '{}') FROM (SELECT DISTINCT ON (name) name, setting FROM pg_file_settings "+
			"WHERE sourcefile LIKE '%postgresql.auto.conf' ORDER BY name, seqno DESC) x")
	if err != nil {
		return nil, err
	}
	values := saved{}
	if err := json.Unmarshal([]byte(out), &values); err != nil {
		return nil, fmt.Errorf("%s: reading postgresql.auto.conf: %w", p.Node.Label, err)
	}
	return values, nil
}

// restoreSettings puts back what the note on the primary says, for the settings named (nil: all of them), and restarts
// where a value is not in force otherwise and a restart is allowed.
func restoreSettings(ctx context.Context, p replication.Facts, only map[string]bool, restart bool, report plan.Progress) error {
	n := nativeOf(p)
	record, err := readSaved(ctx, p)
	if err != nil {
		return err
	}
	var sql strings.Builder
	rest := saved{}
	for name, value := range record {
		switch {
		case only != nil && !only[name]:
			rest[name] = value
		case value == nil:
			fmt.Fprintf(&sql, "ALTER SYSTEM RESET %s;\n", name)
		default:
			fmt.Fprintf(&sql, "ALTER SYSTEM SET %s = %s;\n", name, literal(*value))
		}
	}
	if sql.Len() > 0 {
		if err := instanceOf(p).StartIfDown(ctx); err != nil {
			return err
		}
		pending, err := reload(ctx, p, sql.String(), "SELECT count(*) FROM pg_settings WHERE pending_restart")
		if err != nil {
			return err
		}
		if restart && pending[0] != "0" {
			if err := instanceOf(p).RestartPrimary(ctx, report); err != nil {
				return err
			}
		}
	}
	if len(rest) > 0 {
		return replica.PutState(ctx, p.Node.Runner, settingsFile(n), rest)
	}
	if err := replica.DropPair(ctx, p.Node.Runner, "remove the certificate", serverKey(n), serverCert(n), path.Dir(serverCert(n))); err != nil {
		return err
	}
	return replica.DropState(ctx, p.Node.Runner, settingsFile(n))
}

func readSaved(ctx context.Context, p replication.Facts) (saved, error) {
	record := saved{}
	return record, replica.ReadState(ctx, p.Node.Runner, "read the noted settings", settingsFile(nativeOf(p)), &record)
}
