package mongodb

import (
	"context"
	"fmt"

	"github.com/dbbelt/belt/pkg/plan"
)

// alone are the settings of a server of its own: what Belt wrote goes. Where the set asked its clients to log in, the
// replica goes on asking: it has the set's data.
func (m making) alone() values {
	v := values{setNameSetting: nil}
	for name, value := range writtenBefore(m.tn.Written) {
		v[name] = value
	}
	if m.tn.option(keyFileSetting) == keyFile(m.tn) {
		v[keyFileSetting], v[transitSetting] = nil, nil
	}
	if m.Target.Facts.Replica && (m.pn.enforces() || m.tn.enforces()) {
		v[authSetting] = to("enabled")
	}
	delete(v, bindSetting) // clients may have come to use it
	return v
}

// leaveStep makes the replica a standalone with its data, and without what only a member has.
func (m making) leaveStep() plan.Step {
	v := m.alone()
	s := m.Step(plan.Step{
		ID: "leave", Server: m.To(), Lane: m.To(), Title: "make it a server of its own, writable, with its data",
		Commands: append(v.from(m.tn.Conf).lines(m.tn.ConfFile), "systemctl restart "+m.tn.Service, "drop the database local", "systemctl restart "+m.tn.Service+"   -- with that database no document expires"),
		Disrupts: fmt.Sprintf("%s restarts twice: about %d s; it takes writes of its own from here", m.To(), restartSeconds),
		Undo:     plan.Permanent("the replica goes its own way from here; enable makes it one again"),
		Done:     func(ctx context.Context) (bool, error) { return m.left(ctx, v) },
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := editConf(ctx, m.Target, v); err != nil {
				return err
			}
			if there, err := m.runsWith(ctx, v); err != nil {
				return err
			} else if !there {
				if err := m.Target.Start(ctx, "restart"); err != nil {
					return err
				}
			}
			if !m.Options.Stop {
				return strip(ctx, m.Target, m.aloneDoor())
			}
			if err := dropLocal(ctx, m.aloneDoor()); err != nil {
				return err
			}
			return m.Target.Stop(ctx)
		},
	})
	if m.Options.Stop {
		s.Title = "make it a server of its own, with its data, and leave it stopped"
		s.Commands[len(s.Commands)-1] = "systemctl stop " + m.tn.Service
		s.Disrupts = m.To() + " stops"
	}
	return s
}

// aloneDoor is the way into the replica once it is a standalone: its keyfile, if any, is the set's still where it had one
// of its own before.
func (m making) aloneDoor() door {
	d := doorOf(m.Target.Facts)
	if d.keyFile == keyFile(m.tn) {
		d.keyFile = ""
	}
	return d
}

// runsWith tells whether the replica runs, with the values in force.
func (m making) runsWith(ctx context.Context, v values) (bool, error) {
	for _, d := range []door{m.aloneDoor(), doorOf(m.Target.Facts)} {
		s, line, err := d.open(ctx, true)
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if err != nil {
			continue
		}
		s.close()
		return len(v.from(line.options())) == 0, nil
	}
	return false, nil
}

// left tells whether the replica is a standalone already, without left-overs.
func (m making) left(ctx context.Context, v values) (bool, error) {
	written, err := says(ctx, m.Target, v)
	if err != nil || !written {
		return false, err
	}
	if m.Options.Stop {
		return answers(ctx, m.Target.Facts) != nil, ctx.Err()
	}
	there, err := m.runsWith(ctx, v)
	if err != nil || !there {
		return false, err
	}
	return stripped(ctx, m.aloneDoor())
}
