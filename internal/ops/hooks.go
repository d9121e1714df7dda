package ops

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/program"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
)

const (
	before = "before"
	after  = "after"
	// hookPatience is how long a hook may take after the run.
	hookPatience = 5 * time.Minute
)

// hooked runs what the operator's programs stand before and after. The one after is told of every end of what the one before
// let go on.
func (s *Session) hooked(ctx context.Context, c change, m *made, run func() (Result, error)) (Result, error) {
	if err := s.before(ctx, c, m); err != nil {
		return NewResult(c.command, c.group.target.String()), err
	}
	result, err := run()
	s.after(ctx, c, m, result, err)
	return result, err
}

// before runs the operator's program that is to have its say before the change. When it fails, nothing is changed.
func (s *Session) before(ctx context.Context, c change, m *made) error {
	command, ok := s.hook(c, before)
	if !ok {
		return nil
	}
	err := s.runHook(ctx, command, s.hookEnv(c, m, before))
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		verb := "cannot be run"
		if _, ran := errors.AsType[*exec.ExitError](err); ran {
			verb = "says no"
		}
		return refuse("", "nothing was changed: the hook %s of belt.yaml, %s, %s: %v", hookName(c.command, before), command, verb, err)
	}
	return nil
}

// after runs the operator's program that is to know how the change ended. That it fails is told; the change stays as it is.
func (s *Session) after(ctx context.Context, c change, m *made, r Result, failure error) {
	command, ok := s.hook(c, after)
	if !ok {
		return
	}
	ctx, cancel := aftermath(ctx, c.Hard)
	defer cancel()
	env := append(s.hookEnv(c, m, after),
		"BELT_OUTCOME="+ending(failure), "BELT_EXIT_CODE="+strconv.Itoa(s.ExitCode(failure)), "BELT_CHANGED="+strconv.FormatBool(r.Changed))
	if failure != nil {
		env = append(env, "BELT_ERROR="+failure.Error())
	}
	if err := s.runHook(ctx, command, env); err != nil {
		s.Screen.Warn(fmt.Sprintf("the hook %s of belt.yaml, %s, failed: %v", hookName(c.command, after), command, err))
	}
}

// aftermath is the context of what comes after a run, within bounds. Ctrl-C ends it as it ends anything; where that has ended
// the run already, the next one does.
func aftermath(ctx, hard context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
		if hard != nil {
			var leave context.CancelCauseFunc
			ctx, leave = context.WithCancelCause(ctx)
			context.AfterFunc(hard, func() { leave(plan.ErrInterrupt) })
		}
	}
	return context.WithTimeoutCause(ctx, hookPatience, fmt.Errorf("it took longer than %s", hookPatience))
}

// runHook runs one program in the folder of belt.yaml. What it prints is shown.
func (s *Session) runHook(ctx context.Context, command string, env []string) error {
	defer s.Screen.Working("running " + filepath.Base(command))()
	return program.Run(ctx, s.hookProgram(command, env...), s.Screen.Note)
}

func (s *Session) hookProgram(command string, env ...string) program.Spec {
	return program.Spec{Command: command, Dir: dirOf(s.Inventory.Path), Env: env}
}

// hook is the program that the inventory names, if it names one that can be run: of one that cannot, a check has told.
func (s *Session) hook(c change, when string) (command string, ok bool) {
	command = s.Inventory.HookOf(c.group.target.App, hookName(c.command, when))
	return command, command != "" && s.hookProgram(command).Find() == nil
}

// hookName is "before_scale_up".
func hookName(command, when string) string {
	name := command[strings.LastIndexByte(command, ' ')+1:]
	return when + "_" + strings.ReplaceAll(name, "-", "_")
}

// hookChecks tell whether the app's hooks of these names can be run.
func (s *Session) hookChecks(app inventory.App, names ...string) []plan.Check {
	var checks []plan.Check
	for _, name := range names {
		command := s.Inventory.HookOf(app, name)
		if command == "" {
			continue
		}
		check := plan.Check{Name: "hooks", OK: true, Detail: name + " is " + command}
		if err := s.hookProgram(command).Find(); err != nil {
			check.OK, check.Detail = false, fmt.Sprintf("%s is %s, which cannot be run: %v", name, command, err)
			check.Hint = "mend that on this machine, or in hooks: of belt.yaml"
		}
		checks = append(checks, check)
	}
	return checks
}

// hookEnv says what the change is about. No name of it is that of a flag: a hook may run belt.
func (s *Session) hookEnv(c change, m *made, when string) []string {
	t := c.group.target
	servers := slices.Clone(c.about)
	for _, n := range c.targets {
		servers = append(servers, n.Key())
	}
	env := []string{
		"BELT_HOOK=" + hookName(c.command, when), "BELT_COMMAND=" + c.command, "BELT_RUN=" + m.run,
		"BELT_TARGET=" + t.String(), "BELT_APP=" + t.App.Name, "BELT_DATABASE=" + t.Database.Name, "BELT_ENGINE=" + t.Database.Engine,
		"BELT_SERVERS=" + strings.Join(servers, ","), "BELT_INVENTORY=" + s.Inventory.Path,
	}
	if p := m.roles.Primary; p != nil {
		env = append(env, "BELT_PRIMARY="+p.Node.Key(), "BELT_PRIMARY_ADDRESS="+p.Node.External)
	}
	seconds := func(n float64) string { return strconv.FormatFloat(n, 'f', 0, 64) }
	e := m.plan.Estimate
	return append(env, "BELT_ESTIMATE_SECONDS="+seconds(e.Seconds), "BELT_PRIMARY_UNAVAILABLE_SECONDS="+seconds(e.PrimaryUnavailableSeconds),
		"BELT_DISRUPTS="+strings.Join(disruptions(m.plan), "; "))
}

// disruptions are what the users of the databases will notice.
func disruptions(p plan.Plan) []string {
	var out []string
	for _, s := range p.Steps {
		if s.Disrupts != "" {
			out = append(out, s.Disrupts)
		}
	}
	return out
}
