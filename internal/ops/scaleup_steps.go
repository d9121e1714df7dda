package ops

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/install"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/internal/provider"
	steps "github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// boot is how long a server that was just made may take until it lets somebody log in.
const boot = 10 * time.Minute

func dirOf(path string) string { return filepath.Dir(path) }

// create has the server made.
func (up *scaling) create() plan.Step {
	size := up.o.Size
	if size == "" {
		size = "the provider's default"
	}
	return plan.Step{
		ID: "make-server." + up.server.Name, Server: up.server.Name, Title: "have provider " + up.made.Name + " make the server",
		Commands: []string{fmt.Sprintf("%s create (BELT_NAME=%s, size: %s)", up.made.Command, up.server.Name, size)},
		Do: func(ctx context.Context, report plan.Progress) error {
			got, err := up.made.Create(ctx, up.wish, said(report))
			if err != nil {
				return err
			}
			up.server = up.described(up.server.Name, got)
			if err := up.fits(); err != nil {
				return fmt.Errorf("provider %s: the server that it made does not fit into belt.yaml: %w", up.made.Name, err)
			}
			return nil
		},
		Undo: plan.Undoable("have it destroyed", func(ctx context.Context, report plan.Progress) error {
			err := up.made.Destroy(ctx, up.wish, provider.Server{Address: up.server.Address, Internal: up.server.Internal}, said(report))
			if err == nil {
				up.server.Address = ""
			}
			return err
		}),
	}
}

// said tells what a provider's program says.
func said(report plan.Progress) func(string) {
	return func(line string) { report(0, 0, line) }
}

// reach waits until the server lets Belt in. An unknown host key is shown and asked about, as everywhere.
func (up *scaling) reach() plan.Step {
	return plan.Step{
		ID: "await-server." + up.server.Name, Server: up.server.Name, Title: "wait until it can be logged in to",
		Commands: []string{"ssh"}, Undo: plan.NoEffect("nothing: it only waits"),
		Do: func(ctx context.Context, report plan.Progress) error {
			r, err := up.runner()
			if err != nil {
				return err
			}
			report(0, 0, "waiting for "+up.server.Address)
			var last error
			err = steps.Until(ctx, boot, func(ctx context.Context) (bool, error) {
				_, last = r.Run(ctx, steps.Look("see whether it answers", "true"))
				var unreachable *remote.UnreachableError
				var login *remote.LoginError
				var lost *remote.LostError
				if errors.As(last, &unreachable) || errors.As(last, &login) || errors.As(last, &lost) {
					return false, ctx.Err()
				}
				return last == nil, last
			})
			if errors.Is(err, steps.ErrNotYet) {
				return fmt.Errorf("%w: %w", last, err)
			}
			if err != nil {
				return err
			}
			up.release, err = up.lockMade(ctx, r)
			return err
		},
	}
}

// lockMade takes the lock on a server that was just made. The primary's is held already.
func (up *scaling) lockMade(ctx context.Context, r remote.Runner) (func(), error) {
	_, release, err := up.s.Locks.Acquire(ctx, []lock.Place{{Runner: r, Name: up.instance}}, lock.Owner{
		ID: newRun(), Who: whoami(), Host: hostname(), Command: scaleUpCommand + " " + up.target.String(),
	})
	if err != nil {
		return func() {}, err
	}
	return release, nil
}

// measure refuses a server that is clearly smaller than the primary.
func (up *scaling) measure() plan.Step {
	return plan.Step{
		ID: "measure-server." + up.server.Name, Server: up.server.Name, Title: "compare its size with the primary's",
		Commands: []string{"nproc, /proc/meminfo, df"}, Undo: plan.NoEffect("nothing: it only looks"),
		Do: func(ctx context.Context, report plan.Progress) error {
			r, err := up.runner()
			if err != nil {
				return err
			}
			m, err := install.Look(ctx, r, up.needs, up.instance)
			if err != nil {
				return err
			}
			report(0, 0, m.Describe())
			less := m.Smaller(up.primary.Host, up.disk, up.needs)
			if less == "" || slices.Contains(up.o.SkipChecks, "size") {
				return nil
			}
			return fmt.Errorf("%s: clearly smaller than the primary: %s (a bigger one: --size; all the same: --skip-check size)", up.server.Name, less)
		},
	}
}

// then plans what enable does, now that the server has its database.
func (up *scaling) then(ctx context.Context) ([]plan.Step, error) {
	s := up.grown()
	target, err := s.Inventory.Target(up.target.String())
	if err != nil {
		return nil, err
	}
	g, err := s.group(target)
	if err != nil {
		return nil, err
	}
	c := up.enabling(g)
	c.command = scaleUpCommand
	if c.targets, err = s.named(g, []string{up.server.Name}); err != nil {
		return nil, err
	}
	m, err := s.prepare(ctx, &c)
	if err != nil {
		return nil, err
	}
	if err := m.refusal(); err != nil {
		return nil, err
	}
	if now := m.roles.Primary; now == nil || !now.Node.Same(up.primary.Node) || now.Identity != up.primary.Identity {
		return nil, errors.New("the primary is another one than when the command began")
	}
	up.late.push = m.push
	steps := m.plan.Steps
	if up.made == nil && up.machine.HasMain(up.needs) && !up.machine.Unfinished {
		return steps, nil // nothing was installed
	}
	return append(steps, up.job().Finish()), nil
}

// grown is the session as if belt.yaml had the new server already.
func (up *scaling) grown() *Session {
	s, inv := *up.s, *up.s.Inventory
	inv.Apps = slices.Clone(inv.Apps)
	for i, app := range inv.Apps {
		if app.Name == up.target.App.Name && !up.known {
			inv.Apps[i].Servers = append(slices.Clone(app.Servers), up.server)
		}
	}
	s.Inventory = &inv
	s.Screen = quietly{s.Screen}
	return &s
}

// quietly is a screen on which a plan is running already: nothing is shown as being waited for beside it.
type quietly struct{ Screen }

// Working shows nothing.
func (quietly) Working(string) func() { return func() {} }

// takenAway lists what belt.yaml says of a server beside the database: it has to stay then.
func takenAway(app inventory.App, database, server string) string {
	var uses []string
	for _, d := range app.Databases {
		if d.Name != database && slices.Contains(d.Servers, server) {
			uses = append(uses, "database "+d.Name)
		}
	}
	if slices.Contains(app.Env.Servers, server) {
		uses = append(uses, "env")
	}
	if app.Backups.Server == server {
		uses = append(uses, "backups")
	}
	return strings.Join(uses, ", ")
}
