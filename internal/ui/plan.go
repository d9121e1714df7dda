package ui

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/plan"
)

// Plan shows on stderr what is going to be done. With --quiet it waits until somebody is asked about it. A plan that its
// checks refuse is nothing to show to people: [UI.Failure] tells which and why.
func (u *UI) Plan(v plan.View) {
	if u.opt.Format != JSON && (plan.Plan{Checks: v.Checks}).Refusal() != nil {
		return
	}
	text := planText(u.err, u.errWidth(), v, u.opt.Verbose)
	u.owner.run(func() {
		if u.opt.Quiet {
			u.unshown = &text
			return
		}
		u.printer.plan(v, text)
	})
}

// DryRun writes the plan to stdout: it is the result.
func (u *UI) DryRun(v plan.View) error {
	if u.opt.Format == JSON {
		return u.Document(v)
	}
	return u.result(func(w io.Writer) error {
		_, err := io.WriteString(w, planText(u.out, u.outWidth(), v, true))
		return err
	})
}

// planText renders a plan for people; columns 0 is no limit. In detail means the commands and the undo too.
func planText(s style, columns int, v plan.View, detail bool) string {
	t := paragraph{columns: columns}
	t.add("", "", s.bold, "belt "+v.Command+" "+v.Target)
	t.WriteString("\n")
	t.checks(s, v.Checks)
	t.steps(s, v.Steps, detail)
	for _, note := range v.Notes {
		t.add("  note: ", "        ", nil, strip(note))
	}
	if len(v.Steps) > 0 {
		t.add("  ", "  ", nil, estimate(v))
	}
	return t.String()
}

// checks counts those that passed, and shows the others.
func (p *paragraph) checks(s style, checks []plan.Check) {
	if len(checks) == 0 {
		return
	}
	others := slices.DeleteFunc(slices.Clone(checks), passed)
	if n := len(checks) - len(others); n > 0 {
		p.add("  "+s.done()+"  ", "     ", nil, count(n, "check")+" passed")
	}
	p.table("  ", checkLines(s, others))
	p.WriteString("\n")
}

func passed(c plan.Check) bool { return c.OK && !c.Warning }

// checkLines are the cells of checks: mark, server, name, what was found and what to do.
func checkLines(s style, checks []plan.Check) [][]string {
	var out [][]string
	for _, c := range checks {
		mark, paint, detail := s.failed(), s.red, c.Detail
		switch {
		case passed(c):
			mark, paint = s.done(), func(t string) string { return t }
		case c.Skipped:
			mark, paint, detail = s.warning(), s.yellow, detail+" (skipped)"
		case c.Warning:
			mark, paint = s.warning(), s.yellow
		}
		if c.Hint != "" && !passed(c) {
			detail += "\nnext: " + c.Hint
		}
		out = append(out, []string{mark, clean(c.Server), paint(clean(c.Name)), strip(detail)})
	}
	return out
}

// steps numbers them and says what each costs.
func (p *paragraph) steps(s style, steps []plan.StepView, detail bool) {
	if len(steps) == 0 {
		p.add("  ", "  ", nil, "nothing to do")
		return
	}
	digits, servers := len(fmt.Sprint(len(steps))), 0
	for _, step := range steps {
		servers = max(servers, width(clean(step.Server)))
	}
	for i, step := range steps {
		head := fmt.Sprintf("  %*d  ", digits, i+1)
		if servers > 0 {
			head += s.bold(pad(clean(step.Server), servers)) + "  "
		}
		indent := strings.Repeat(" ", width(head))
		p.add(head, indent, nil, clean(step.Title))
		if detail {
			for _, command := range step.Commands {
				for _, line := range splitLines(strip(command)) {
					p.WriteString(indent + s.dim(line) + "\n")
				}
			}
		}
		p.label(s, indent, "disrupts: ", s.yellow, step.Disrupts)
		p.label(s, indent, "destroys: ", s.red, step.Destroys)
		switch {
		case step.Permanent:
			p.label(s, indent, "no way back: ", s.yellow, step.Undo)
		case detail:
			p.label(s, indent, "undo: ", s.dim, step.Undo)
		}
	}
	p.WriteString("\n")
}

func (p *paragraph) label(s style, indent, name string, paint func(string) string, text string) {
	if text != "" {
		p.add(indent+paint(name), indent+strings.Repeat(" ", len(name)), paint, clean(text))
	}
}
