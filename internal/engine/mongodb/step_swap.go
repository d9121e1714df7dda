package mongodb

import (
	"context"
	"errors"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// guardScript are the functions ready and stopped of a swap: the new folder has to be empty, for an initial sync, and no
// mongod may run in the old one.
const guardScript = `ready() { [ -z "$(find "$new" -mindepth 1 -print -quit)" ] || fail "$new is not empty"; }
` + stoppedFunction

const stoppedFunction = `stopped() {
	if pid=$(head -n 1 "$data/mongod.lock" 2>/dev/null) && [ -n "$pid" ] && grep -qs mongod "/proc/$pid/comm"; then
		fail "mongod still runs in $data (process $pid) after $unit was stopped"
	fi
}
`

// swap puts an empty folder in the place of the old data and makes mongod.conf a member's. What it said is kept with the
// old data.
func (m making) swap() plan.Step {
	file := m.tn.ConfFile
	var commands []string
	if m.conv.keyFile != "" {
		commands = append(commands, fmt.Sprintf("write %s (0400, owner %s), the key of %s", keyFile(m.tn), m.Target.Owner, m.From()))
	}
	commands = append(commands, m.write.from(m.tn.Conf).lines(file)...)
	kept := m.was
	if m.Command == commandResync {
		kept = m.noted.Conf // an undo makes it the replica again that it was, not the server from before
	}
	s := m.Swap(replica.Swap{
		Commands: append(commands, "mkdir "+m.NewDir()),
		Guard:    guardScript, Configure: m.configure, Unconfigure: m.unconfigure, Undone: m.dropNew, Kept: kept,
	})
	s.Title = "set the old data aside and make mongod.conf a member's"
	return s
}

// configure makes the empty folder and writes mongod.conf, while the old data is still served. Run again after the move it
// does nothing.
func (m making) configure(ctx context.Context) error {
	if there, err := m.InPlace(ctx); err != nil || there {
		return err
	}
	if err := m.MakeNew(ctx, m.NewDir()); err != nil {
		return err
	}
	if _, err := m.Target.Runner().Run(ctx, replica.AsRoot("note that the new folder is complete", `: >"$1"`, m.NewDir()+".complete")); err != nil {
		return err
	}
	return m.rewrite(ctx)
}

// rewrite makes mongod.conf a member's.
func (m making) rewrite(ctx context.Context) error {
	if err := replica.PutState(ctx, m.Target.Runner(), m.WrittenFile(), m.was); err != nil {
		return err
	}
	if err := m.copyKey(ctx); err != nil {
		return err
	}
	return editConf(ctx, m.Target, m.write)
}

// unconfigure makes mongod.conf what it was before the run. The key and the note of a server that was a replica before stay.
func (m making) unconfigure(ctx context.Context) error {
	if m.Command == commandResync {
		if err := editConf(ctx, m.Target, m.noted.Conf); err != nil || m.noted.Written {
			return err
		}
	} else if err := editConf(ctx, m.Target, m.was); err != nil {
		return err
	}
	if err := dropKey(ctx, m.Target); err != nil {
		return err
	}
	return replica.DropState(ctx, m.Target.Runner(), m.WrittenFile())
}

func (m making) dropNew(ctx context.Context) error { return m.DropCopy(ctx) }

// start starts the empty replica.
func (m making) start() plan.Step {
	return m.Step(plan.Step{
		ID: "start", Server: m.To(), Title: "start it, empty", Lane: m.To(),
		Commands: []string{"systemctl start " + m.tn.Service, "getCmdLineOpts   -- what is in force"},
		Done: func(ctx context.Context) (bool, error) {
			if there, err := m.InPlace(ctx); err != nil || !there {
				return false, err
			}
			if same, err := m.sameKey(ctx); err != nil || !same {
				return false, err
			}
			return m.inForce(ctx) == nil, ctx.Err()
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			verb := "start"
			if same, err := m.sameKey(ctx); err != nil {
				return err
			} else if !same { // the primary got another one since a run was cut off
				verb = "restart"
				if err := m.copyKey(ctx); err != nil {
					return err
				}
			}
			if verb == "restart" || m.Target.Answers(ctx) != nil {
				if err := m.Target.Start(ctx, verb); err != nil {
					return err
				}
			}
			return m.inForce(ctx)
		},
		Undo: plan.Undoable("stop it", func(ctx context.Context, _ plan.Progress) error {
			if mine, err := m.InPlace(ctx); err != nil || !mine {
				return err // what runs there is the old data
			}
			return m.Target.Stop(ctx)
		}),
	})
}

// inForce tells whether the replica runs with the settings of a member.
func (m making) inForce(ctx context.Context) error {
	s, line, err := m.door().open(ctx, true)
	if err != nil {
		return err
	}
	defer s.close()
	var errs []error
	for name := range m.write.from(line.options()) {
		errs = append(errs, fmt.Errorf("%s: %s is %q in force: something overrides %s; look at the options of %s",
			m.To(), name, line.options()[name], m.tn.ConfFile, m.Target.Unit))
	}
	return errors.Join(errs...)
}
