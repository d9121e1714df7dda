package redis

import (
	"context"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// start starts the replica, which asks for its copy at once, and waits until it has it and follows.
func (m making) start() plan.Step {
	return m.Step(plan.Step{
		ID: "start", Server: m.To(), Title: "start it and copy the data from " + m.From(), Lane: m.To(),
		Commands: append(m.patientCommands(), "systemctl start "+m.tn.Unit, "# its configuration says: "+m.followSettings()[0].Line()),
		Done:     m.follows,
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := m.patient(ctx); err != nil {
				return err
			}
			// An undo that was cut off may have taken it out, and left the data aside.
			if err := included(ctx, m.target, true); err != nil {
				return err
			}
			w := m.newWatch(ctx)
			if err := m.begin(ctx, "start"); err != nil {
				return err
			}
			return w.follow(ctx, report)
		},
		Undo: plan.Undoable("stop it", func(ctx context.Context, _ plan.Progress) error {
			if mine, err := m.InPlace(ctx); err != nil || !mine {
				return err // what runs there is the old data
			}
			m.stoppable(ctx)
			return m.Target.Stop(ctx)
		}),
	})
}

func (m making) begin(ctx context.Context, verb string) error {
	_, err := m.target.Node.Runner.Run(ctx, replica.AsRoot(verb+" "+m.tn.Unit, beginScript, m.tn.Unit, verb))
	return err
}

// patientUnit tells systemd to wait for a replica of a release that is not ready before it has its copy: 90 seconds later
// it would be killed, and begin anew.
const patientUnit = `set -e
install -d "/etc/systemd/system/$1.d"
printf '[Service]\nTimeoutStartSec=infinity\n' >"/etc/systemd/system/$1.d/belt.conf"
systemctl daemon-reload`

const impatientUnit = `set -e
[ -e "/etc/systemd/system/$1.d/belt.conf" ] || exit 0
rm -f "/etc/systemd/system/$1.d/belt.conf"
rmdir --ignore-fail-on-non-empty "/etc/systemd/system/$1.d"
systemctl daemon-reload`

func (m making) patientCommands() []string {
	if m.tn.can(readyAtOnce) {
		return nil
	}
	return []string{"to /etc/systemd/system/" + m.tn.Unit + ".d/belt.conf: TimeoutStartSec=infinity"}
}

func (m making) patient(ctx context.Context) error {
	if m.tn.can(readyAtOnce) {
		return nil
	}
	_, err := m.target.Node.Runner.Run(ctx, replica.AsRoot("let "+m.tn.Unit+" take its time to start", patientUnit, m.tn.Unit))
	return err
}

func (m making) impatient(ctx context.Context) error {
	if m.tn.can(readyAtOnce) {
		return nil
	}
	_, err := m.target.Node.Runner.Run(ctx, replica.AsRoot("remove what let "+m.tn.Unit+" take its time", impatientUnit, m.tn.Unit))
	return err
}

// follows tells whether the replica has its copy and hears of every change.
func (m making) follows(ctx context.Context) (bool, error) {
	if !m.target.Running && !m.Adopt {
		return false, nil
	}
	now, err := info(ctx, m.target, "look how the replica is doing")
	if err != nil {
		return false, ctx.Err()
	}
	if !m.linked(now) {
		return false, nil
	}
	there, err := info(ctx, m.primary, "look at the primary")
	return err == nil && there["master_replid"] == now["master_replid"], err
}

func (m making) linked(now map[string]string) bool {
	at := m.Link.Address == "" || now["master_host"] == m.Link.Address // a disable knows no link, and follows what it finds
	return now["role"] == "slave" && now["master_link_status"] == "up" && at && now["loading"] == "0"
}
