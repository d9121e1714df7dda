package ops

import (
	"context"
	"errors"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// Pusher puts variables on app servers, side by side. Answers come in the order of the servers.
type Pusher interface {
	Look(context.Context, []envpush.Server) []envpush.Look
	// Stage puts the new files beside the old ones.
	Stage(context.Context, []envpush.Server) Staged
	// Restore gives a server back the file that it had before the push that ended with the result.
	Restore(context.Context, envpush.Server, envpush.Result) error
	History(ctx context.Context, app string, runners []remote.Runner) ([]envpush.Past, []error)
}

// Staged is a push of which only the switch is left.
type Staged interface {
	Switch(context.Context) []envpush.Result
	// Discard removes the files that were not switched.
	Discard(context.Context)
}

// Pushing says what a push is for; report, where set, is told how many servers have ended a phase.
type Pushing struct {
	Command string
	Report  func(phase string, done, total int)
}

// OnServers is the [Pusher] of real files.
func OnServers(p Pushing) Pusher {
	return onServers{&envpush.Pusher{Who: whoami(), Host: hostname(), Command: p.Command, Report: p.Report}}
}

type onServers struct{ *envpush.Pusher }

func (o onServers) Stage(ctx context.Context, servers []envpush.Server) Staged {
	return o.Pusher.Stage(ctx, servers)
}

// appServers are the app's servers that take its variables, as seen from the app called home.
func (s *Session) appServers(app inventory.App, home string, vars []variables.Var) []envpush.Server {
	var out []envpush.Server
	for _, server := range app.EnvServers() {
		out = append(out, envpush.Server{
			App: app.Name, Runner: s.Connect.Runner(server, label(home, server)),
			File: app.Env.File, Format: envfile.Format(app.Env.Format), Apply: app.Env.Apply, Vars: vars,
		})
	}
	return out
}

// envCheck is the check of one app server that was looked at.
func envCheck(s envpush.Server, look envpush.Look) plan.Check {
	var sudo *remote.SudoError
	switch {
	case look.Err == nil:
		return plan.Check{Name: "env", Server: s.Runner.Server(), OK: true, Detail: s.File}
	case unreached(look.Err), errors.As(look.Err, &sudo):
		return reach(s.Runner.Server(), look.Err)
	}
	detail := look.Err.Error()
	var folder *envpush.FolderError
	if errors.As(look.Err, &folder) {
		detail = folder.Detail
	}
	return plan.Check{Name: "env", Server: s.Runner.Server(), Detail: detail, Hint: HintOf(look.Err)}
}
