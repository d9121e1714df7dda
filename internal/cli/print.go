package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/internal/ui"
	"github.com/dbbelt/belt/pkg/plan"
)

// printPlan prints what a dry run would have done.
func (b *belt) printPlan(v plan.View) {
	b.printed = true
	b.print(b.screen().DryRun(v))
}

// printResult prints how a changing command ended well.
func (b *belt) printResult(r ops.Result) {
	switch {
	case b.flags.json():
		b.document(r)
	case r.Silent:
	case !r.Changed:
		b.say(r.Target + ": nothing to do, it is already so")
	default:
		done, seconds := 0, 0.0
		for _, s := range r.Steps {
			if s.Status == plan.StatusDone {
				done++
			}
			seconds += s.Seconds
		}
		b.say(fmt.Sprintf("%s: done: %s (%s)", r.Target, r.Command, steps(done)))
		if r.PrimaryUnavailableSeconds > 0 {
			b.say(fmt.Sprintf("  no primary took writes for %.1f s", r.PrimaryUnavailableSeconds))
		}
		if m := r.Backup; m != nil {
			b.say(fmt.Sprintf("  backup %s: %s, from %s (%s) at %s", m.ID, ui.Bytes(m.Bytes), m.Source, m.Role, m.Position))
		}
		for _, s := range r.AppServers {
			if s.Changed {
				b.say("  " + s.Server + ": variables updated")
			}
		}
	}
}

func steps(n int) string {
	if n == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", n)
}

// printStatus prints a table for each database, or one for all where a program reads it.
func (b *belt) printStatus(doc ops.StatusDocument) {
	switch b.flags.output {
	case "json":
		b.document(doc)
	case prometheus:
		b.print(b.screen().Print("%s", metrics(doc)))
	default:
		b.print(b.screen().Print("%s", b.statusText(doc)))
	}
}

// printLook prints one look of --watch.
func (b *belt) printLook(doc ops.StatusDocument) {
	b.print(b.screen().Watch(fmt.Sprintf("%s   (Ctrl-C ends)\n%s", time.Now().Format("15:04:05"), b.statusText(doc))))
}

func (b *belt) statusText(doc ops.StatusDocument) string {
	var text strings.Builder
	style, width := b.screen().Out(), b.screen().width()
	var all [][]string
	for _, d := range doc.Databases {
		if elsewhere(doc, d) {
			continue
		}
		if text.Len() > 0 {
			text.WriteString("\n")
		}
		rows := statusRows(d, style)
		if width == 0 {
			for _, r := range rows {
				all = append(all, append([]string{d.Target}, r.cells...))
			}
			continue
		}
		fmt.Fprintf(&text, "%s  %s\n", style.Bold(d.Target), style.Dim(strings.TrimSpace(d.Engine+" "+d.EngineVersion)))
		var short [][]string
		for _, r := range rows {
			short = append(short, r.short())
		}
		b.print(ui.Table(&text, width, []string{"role", "server", "address", "state", "lag", "position"}, short))
		for _, r := range rows {
			if _, source, chained := strings.Cut(r.cells[0], " of "); chained {
				fmt.Fprintf(&text, "  %s: replicates from %s\n", r.cells[1], source)
			}
			if problem := r.cells[len(r.cells)-1]; problem != "" {
				fmt.Fprintf(&text, "  %s: %s\n", r.cells[1], problem)
			}
		}
	}
	if width == 0 {
		b.print(ui.Table(&text, 0, []string{"database", "role", "server", "address", "state", "lag", "behind", "position", "problem"}, all))
	}
	for _, line := range remarks(doc) {
		text.WriteString(line + "\n")
	}
	return text.String()
}

// statusRow is one server: role, server, address, state, lag in time and in bytes, position and problem.
type statusRow struct{ cells []string }

// short is what fits into 80 columns: the lag in one cell, no problem, and no source of a replica in a chain, which have
// lines of their own.
func (r statusRow) short() []string {
	role, _, _ := strings.Cut(r.cells[0], " of ")
	lag := r.cells[4]
	if r.cells[5] != r.cells[4] {
		lag += ", " + r.cells[5]
	}
	return []string{role, r.cells[1], r.cells[2], r.cells[3], lag, r.cells[6]}
}

func statusRows(d ops.DatabaseStatus, style ui.Style) []statusRow {
	var rows []statusRow
	add := func(cells ...string) { rows = append(rows, statusRow{cells}) }
	if p := d.Primary; p != nil {
		state := style.Good("writable")
		switch {
		case p.Problem != "":
			state = style.Bad("unknown")
		case !p.Writable:
			state = style.Bad("not writable")
		}
		add("primary", style.Bold(p.Label), p.Address, state, "", "", p.Position, p.Problem)
	}
	for _, r := range d.Replicas {
		state := style.Good(string(r.State))
		if !r.State.Healthy() {
			state = style.Bad(string(r.State))
		}
		role := "replica"
		if r.From != "" {
			role += " of " + r.From
		}
		add(role, style.Bold(r.Label), r.Address, state, lagTime(r.LagSeconds), lagBytes(r.LagBytes), r.Position, r.Problem)
	}
	for _, s := range d.Standalone {
		state := "stopped"
		switch {
		case s.Writable:
			state = "standalone"
		case s.Running:
			state = "running"
		}
		add("-", style.Bold(s.Label), s.Address, style.Dim(state), "", "", "", s.Problem)
	}
	if len(rows) == 0 {
		add("-", "", "", style.Bad("unknown"), "", "", "", "")
	}
	return rows
}

// elsewhere tells whether the servers of a database are all in the rows of the one that it is a replica of.
func elsewhere(doc ops.StatusDocument, d ops.DatabaseStatus) bool {
	return d.Source != "" && slices.ContainsFunc(doc.Databases, func(other ops.DatabaseStatus) bool { return other.Target == d.Source })
}

// unknown is a lag that cannot be known. It must never read as none.
const unknown = "unknown"

func lagTime(seconds *float64) string {
	if seconds == nil {
		return unknown
	}
	return ui.Duration(time.Duration(*seconds * float64(time.Second)))
}

func lagBytes(n *int64) string {
	if n == nil {
		return unknown
	}
	return ui.Bytes(*n)
}

// remarks are the problems and left-overs, with the commands that mend them.
func remarks(doc ops.StatusDocument) []string {
	var lines []string
	add := func(fix, format string, args ...any) {
		lines = append(lines, "! "+fmt.Sprintf(format, args...))
		if fix != "" {
			lines = append(lines, "    mend it: "+fix)
		}
	}
	for _, d := range doc.Databases {
		if elsewhere(doc, d) {
			lines = append(lines, fmt.Sprintf("%s is a replica of %s, and is shown there", d.Target, d.Source))
			continue
		}
		for _, problem := range d.Problems {
			add("", "%s: %s", d.Target, problem)
		}
		for _, r := range d.Replicas {
			if r.Fix != "" {
				add(r.Fix, "%s: %s is %s", d.Target, r.Label, r.State)
			}
		}
		for _, k := range d.Kept {
			lines = append(lines, fmt.Sprintf("%s: %s keeps %s of old data for undo", d.Target, k.Server, ui.Bytes(k.Bytes)),
				"    delete it: belt db replicate cleanup "+d.Target)
		}
		for _, l := range d.Leftovers {
			add(l.Fix, "%s: left over on %s: %s", d.Target, l.Server, l.What)
		}
	}
	return lines
}
