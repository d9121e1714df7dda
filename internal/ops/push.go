package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/plan"
)

// push is the variables' part of a change.
type push struct {
	pusher  func(Pushing) Pusher
	warn    func(string)
	command string // for the history
	servers []envpush.Server
	looks   []envpush.Look
	staged  Staged           // once the files lie beside the old ones
	report  plan.Progress    // of the step that is at work
	results []envpush.Result // once it was done
}

// look asks every app server whether its file can be written, and what differs. One that does not answer is a warning:
// the databases do not need it.
func (p *push) look(ctx context.Context) []plan.Check {
	p.looks = p.pusher(Pushing{}).Look(ctx, p.servers)
	checks := make([]plan.Check, len(p.servers))
	for i, look := range p.looks {
		checks[i] = envCheck(p.servers[i], look)
		if unreached(look.Err) {
			checks[i].Warning = true
			checks[i].Detail += ": it will not take its variables"
			checks[i].Hint = "afterwards: belt env push " + p.servers[i].App
		}
	}
	return checks
}

// step is the one that pushes; nil when every server has its variables already.
func (p *push) step() *plan.Step {
	commands := p.commands()
	if len(commands) == 0 {
		return nil
	}
	return &plan.Step{
		ID: "variables", Title: "give the app servers their variables", Commands: commands,
		Do: func(ctx context.Context, report plan.Progress) error {
			if p.report = report; p.staged == nil {
				p.stage(ctx)
			}
			p.results = p.staged.Switch(ctx)
			for _, r := range p.results {
				if r.Note != "" {
					p.warn(r.Note)
				}
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return nil // a server that failed is told of at the end: the databases are done
		},
		Undo: plan.Undoable("give them those they had", func(ctx context.Context, _ plan.Progress) error {
			return p.back(ctx)
		}),
	}
}

// staging is a step of its own for what can be done before the files are switched: for a plan in which that is short of time.
func (p *push) staging() plan.Step {
	return plan.Step{
		ID: "stage-variables", Title: "put the app servers' new variables beside the old ones", Commands: p.stages(),
		Do: func(ctx context.Context, report plan.Progress) error {
			p.report = report
			p.stage(ctx)
			return context.Cause(ctx)
		},
		Undo: plan.Undoable("remove them", func(ctx context.Context, _ plan.Progress) error {
			if p.staged != nil {
				p.staged.Discard(ctx)
			}
			return nil
		}),
	}
}

// stages says where the new files will lie.
func (p *push) stages() []string {
	var files []string
	byFile := map[string][]string{}
	for i, look := range p.looks {
		if file := p.servers[i].File; len(look.Changes) > 0 {
			if byFile[file] == nil {
				files = append(files, file)
			}
			byFile[file] = append(byFile[file], p.servers[i].Runner.Server())
		}
	}
	for i, file := range files {
		files[i] = few(byFile[file]) + ": " + file + ".belt-new"
	}
	return files
}

func (p *push) stage(ctx context.Context) {
	p.report(0, 0, "on "+count(len(p.servers), "server"))
	p.staged = p.pusher(Pushing{Command: p.command, Report: func(phase string, done, total int) {
		p.report(0, 0, fmt.Sprintf("%s %d of %s", phase, done, count(total, "server")))
	}}).Stage(ctx, p.servers)
}

// back gives every server that the push changed the file that it had.
func (p *push) back(ctx context.Context) error {
	errs := make([]error, len(p.results))
	pusher := p.pusher(Pushing{Command: "undo of " + p.command})
	turns := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, r := range p.results {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			errs[i] = pusher.Restore(ctx, p.servers[i], r)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// atOnce is how many app servers are given back their files side by side.
const atOnce = 64

// commands says what is going to be written, without secrets; servers on which the same changes are named together.
func (p *push) commands() []string {
	type same struct {
		servers []string
		lines   []string
	}
	var groups []*same
	byText := map[string]*same{}
	for i, look := range p.looks {
		one := p.servers[i]
		if look.Err == nil && len(look.Changes) == 0 && !look.Owed {
			continue
		}
		var lines []string
		for _, c := range look.Changes {
			lines = append(lines, "  "+changeText(c))
		}
		if one.Apply != "" {
			lines = append(lines, "  then: "+one.Apply)
		}
		text := one.File + "\n" + strings.Join(lines, "\n")
		if byText[text] == nil {
			byText[text] = &same{lines: append([]string{one.File}, lines...)}
			groups = append(groups, byText[text])
		}
		byText[text].servers = append(byText[text].servers, one.Runner.Server())
	}
	var out []string
	for _, g := range groups {
		out = append(out, few(g.servers)+": "+g.lines[0])
		out = append(out, g.lines[1:]...)
	}
	return out
}

// changeText is one change in a word, without secrets.
func changeText(c envfile.Change) string {
	c = c.Masked()
	switch {
	case c.Kind != envfile.Changed:
		return c.Name + "=" + c.New
	case c.Old == "":
		return c.Name + "=" + c.New + " (was empty)"
	}
	return c.Name + "=" + c.New + " (was " + c.Old + ")"
}

// note is the beginning of what commands says, at most so many lines: for those who do not see the commands. 0 is all.
func (p *push) note(most int) string {
	lines := p.commands()
	if left := len(lines) - most; most > 0 && left > 1 {
		lines = append(lines[:most:most], fmt.Sprintf("and %d lines more: see --dry-run", left))
	}
	return strings.Join(lines, "\n")
}

// few names at most five.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// verdict tells in the result how the app servers took their variables, and is a *[Missed] when one did not.
func (p *push) verdict(r *Result) error {
	if p == nil {
		return nil
	}
	missed := &Missed{Databases: r.Command != envPushCommand}
	for i, one := range p.servers {
		server := AppServer{Server: one.Runner.Server(), OK: true}
		err := p.looks[i].Err
		if p.results != nil {
			server.Changed, err = p.results[i].Changed, p.results[i].Err
		}
		if err != nil {
			server.OK, server.Error = false, strings.TrimPrefix(err.Error(), one.Runner.Server()+": ")
			missed.Servers = append(missed.Servers, server)
			if !slices.Contains(missed.Apps, one.App) {
				missed.Apps = append(missed.Apps, one.App)
			}
		}
		r.AppServers = append(r.AppServers, server)
	}
	if len(missed.Servers) > 0 {
		return missed
	}
	return nil
}
