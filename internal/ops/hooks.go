package ops

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/program"
	"github.com/dbbelt/belt/pkg/plan"
)

// hookPatience is how long a hook may take after the run.
const hookPatience = 5 * time.Minute

// before runs the operator's program that is to have its say before the change. When it fails, nothing is changed.
func (s *Session) before(ctx context.Context, c change, m *made) error {
	command := s.hook(c, "before")
	if command == "" {
		return nil
	}
	defer s.Screen.Working("running " + filepath.Base(command))()
	err := s.runHook(ctx, command, s.hookEnv(c, m, "before"))
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return refuse("", "nothing was changed: the hook %s of belt.yaml, %s, says no: %v", hookName(c, "before"), command, err)
	}
	return nil
}

// after runs the operator's program that is to know how the change ended. That it fails is told; the change stays as it is.
func (s *Session) after(ctx context.Context, c change, m *made, r Result, failure error) {
	command := s.hook(c, "after")
	if command == "" {
		return
	}
	defer s.Screen.Working("running " + filepath.Base(command))()
	// The run may have been interrupted: what ended is told all the same, within bounds.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hookPatience)
	defer cancel()
	env := append(s.hookEnv(c, m, "after"),
		"BELT_OUTCOME="+ending(failure), "BELT_EXIT_CODE="+strconv.Itoa(s.ExitCode(failure)), "BELT_CHANGED="+strconv.FormatBool(r.Changed))
	if failure != nil {
		env = append(env, "BELT_ERROR="+failure.Error())
	}
	if err := s.runHook(ctx, command, env); err != nil {
		s.Screen.Warn(fmt.Sprintf("the hook %s of belt.yaml, %s, failed: %v", hookName(c, "after"), command, err))
	}
}

// runHook runs one program in the folder of belt.yaml. What it prints is shown.
func (s *Session) runHook(ctx context.Context, command string, env []string) error {
	out, err := program.Run(ctx, program.Spec{Command: command, Dir: filepath.Dir(s.Inventory.Path), Env: env}, s.Screen.Note)
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" {
			s.Screen.Note(line)
		}
	}
	return err
}

// hook is the program that the inventory names; empty for none.
func (s *Session) hook(c change, when string) string {
	return s.Inventory.HookOf(c.group.target.App, hookName(c, when))
}

// hookName is "before_scale_up".
func hookName(c change, when string) string {
	name := c.command[strings.LastIndexByte(c.command, ' ')+1:]
	return when + "_" + strings.ReplaceAll(name, "-", "_")
}

// hookEnv says what the change is about. No name of it is that of a flag: a hook may run belt.
func (s *Session) hookEnv(c change, m *made, when string) []string {
	t := c.group.target
	var servers []string
	for _, n := range c.targets {
		servers = append(servers, n.Key())
	}
	env := []string{
		"BELT_HOOK=" + hookName(c, when), "BELT_COMMAND=" + c.command, "BELT_RUN=" + m.run,
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
