package ops

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/plan"
)

// push is the variables' part of a change.
type push struct {
	pusher  Pusher
	servers []EnvServer
	before  []EnvServer                                // what they had before the change
	again   func(context.Context) ([]EnvServer, error) // where only the servers can tell what is to be written
	looks   []EnvLook
	results []EnvResult // once it was done
}

// look asks every app server whether its file can be written, and what differs.
func (p *push) look(ctx context.Context, s *Session) []plan.Check {
	var servers []appServer
	for _, one := range p.servers {
		servers = append(servers, appServer{file: one.Env.File, app: one.App, label: one.Label, runner: one.Runner})
	}
	checks, errs := s.checkFolders(ctx, servers)
	for i := range checks {
		if unreached(errs[i]) {
			checks[i].Warning = true
			checks[i].Detail += ": it will not take its variables"
			checks[i].Hint = "afterwards: belt env push " + p.servers[i].App
		}
	}
	p.looks = p.pusher.Look(ctx, p.servers)
	return checks
}

// step is the one that pushes; nil when every server has its variables already.
func (p *push) step() *plan.Step {
	var commands []string
	for i, look := range p.looks {
		label, file := p.servers[i].Label, p.servers[i].Env.File
		switch {
		case look.Err != nil:
			commands = append(commands, fmt.Sprintf("%s: write %s", label, file))
		case len(look.Changes) > 0:
			commands = append(commands, fmt.Sprintf("%s: %s: %s", label, file, changesText(look.Changes)))
		default:
			continue
		}
		if apply := p.servers[i].Env.Apply; apply != "" {
			commands = append(commands, label+": "+apply)
		}
	}
	if len(commands) == 0 && p.again == nil {
		return nil
	}
	return &plan.Step{
		ID: "variables", Title: "give the app servers their variables", Commands: commands,
		Do: func(ctx context.Context, report plan.Progress) (err error) {
			if p.again != nil {
				if p.servers, err = p.again(ctx); err != nil {
					return err
				}
			}
			report(0, 0, fmt.Sprintf("on %s", count(len(p.servers), "server")))
			p.results = p.pusher.Push(ctx, p.servers)
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

// back pushes what the servers had before; those that never took anything need nothing.
func (p *push) back(ctx context.Context) error {
	var servers []EnvServer
	for i, r := range p.results {
		if i < len(p.before) && r.Changed {
			servers = append(servers, p.before[i])
		}
	}
	for i, r := range p.pusher.Push(ctx, servers) {
		if r.Err != nil {
			return fmt.Errorf("%s: %w", servers[i].Label, r.Err)
		}
	}
	return nil
}

// changesText is what changes in one file, without secrets.
func changesText(changes []envfile.Change) string {
	var out []string
	for _, c := range changes {
		c = c.Masked()
		out = append(out, c.Name+"="+c.New)
	}
	return strings.Join(out, " ")
}

// verdict tells in the result how the app servers took their variables, and is a *[Missed] when one did not.
func (p *push) verdict(r *Result) error {
	if p == nil {
		return nil
	}
	missed := &Missed{}
	for i, one := range p.servers {
		server := AppServer{Server: one.Label, OK: true}
		err := p.looks[i].Err
		if p.results != nil {
			server.Changed, err = p.results[i].Changed, p.results[i].Err
		}
		if err != nil {
			server.OK, server.Error = false, strings.TrimPrefix(err.Error(), one.Label+": ")
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
