package ops

import (
	"context"
	"slices"

	"github.com/dbbelt/belt/pkg/plan"
)

// EnvPushOptions say whose app servers get their variables.
type EnvPushOptions struct {
	Change
	App string // may be empty where there is one app
}

const envPushCommand = "env push"

// EnvPush gives an app's servers their variables, as the servers' roles are now. The error is a *[Missed] when an app
// server did not take them.
func EnvPush(ctx context.Context, s *Session, o EnvPushOptions) (Result, error) {
	result := NewResult(envPushCommand, o.App)
	app, err := s.app(o.App)
	if err != nil {
		return result, err
	}
	result.Target = app.Name
	if err := s.mayAsk(o.Change); err != nil {
		return result, err
	}
	servers, err := s.appTargets(ctx, app)
	if err != nil {
		return result, err
	}
	p := &push{pusher: s.Env, warn: s.Screen.Warn, servers: servers, command: envPushCommand + " " + app.Name}
	made := plan.Plan{Command: envPushCommand, Target: app.Name, Checks: p.look(ctx)}
	if ctx.Err() != nil {
		return result, context.Cause(ctx)
	}
	skip(made.Checks, o.SkipChecks)
	if step := p.step(); step != nil {
		made.Steps = append(made.Steps, *step)
		if !o.DryRun {
			made.Notes = append(made.Notes, p.note(0))
		}
	}
	if o.DryRun {
		view := made.View()
		result.Plan = &view
		return result, made.Refusal()
	}
	if err := made.Refusal(); err != nil || len(made.Steps) == 0 {
		if err == nil {
			err = p.verdict(&result)
		}
		return result, err
	}
	s.Screen.Plan(made.View())
	if err := s.ask(ctx, change{Change: o.Change}); err != nil {
		return result, err
	}
	if err := result.take(plan.Apply(ctx, made, s.Screen, plan.Options{Hard: o.Hard})); err != nil {
		return result, err
	}
	err = p.verdict(&result)
	result.Changed = slices.ContainsFunc(result.AppServers, func(a AppServer) bool { return a.Changed })
	return result, err
}
