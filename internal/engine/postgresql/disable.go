package postgresql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// PlanDisable makes the request's targets servers of their own and removes from the primary all that served them. It
// also clears what an unfinished enable left.
func (e *Engine) PlanDisable(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	c := &checker{req: req}
	primary := req.Topology.Primary
	reachable := primary != nil && primary.Err == nil
	if primary != nil {
		c.add("reach", primary.Node.Label, reachable && primary.Running, "bring it up, or leave its slot and role for later with --skip-check reach",
			"%s", choose(reachable, choose(reachable && primary.Running, "answers", primary.Problem), fmt.Sprint(primary.Err)))
		reachable = reachable && primary.Running
	}
	var makings []making
	for _, t := range req.Targets {
		c.add("reach", t.Node.Label, t.Err == nil, "bring it up, or clear only the primary's side with --skip-check reach",
			"%s", choose(t.Err == nil, "answers", fmt.Sprint(t.Err)))
		if primary == nil {
			req.Topology.Primary = &replication.Facts{}
		}
		makings = append(makings, newMaking(req, t))
	}
	p.Checks = c.list
	for _, m := range makings {
		if m.target.Err == nil {
			p.Steps = append(p.Steps, m.leaveSteps()...)
		}
	}
	if reachable {
		for _, m := range makings {
			p.Steps = append(p.Steps, m.forgetSteps()...)
		}
		if last(req) && len(nativeOf(*primary).Saved) > 0 {
			p.Steps = append(p.Steps, restoreStep(*primary, !req.Options.NoRestart))
			if s := p.Steps[len(p.Steps)-1]; s.Disrupts != "" {
				p.Estimate.PrimaryUnavailableSeconds = restartSeconds
			}
		}
	}
	p.Estimate.Seconds = float64(4 * len(makings))
	return p, p.Validate()
}

// last tells whether no replica is left once the targets are gone.
func last(req replication.Request) bool {
	gone := map[string]bool{}
	for _, t := range req.Targets {
		gone[replicaName(t.Node)] = true
	}
	n := nativeOf(*req.Topology.Primary)
	for _, r := range req.Topology.Replicas {
		if !gone[replicaName(r.Facts.Node)] {
			return false
		}
	}
	for _, s := range n.Slots {
		if strings.HasPrefix(s.Name, "belt_") && !gone[s.Name] {
			return false
		}
	}
	return true
}

// leaveSteps make the replica a server of its own.
func (m making) leaveSteps() []plan.Step {
	var steps []plan.Step
	if m.tn.Unfinished != nil && !m.target.Replica || m.tn.NewFolder {
		steps = append(steps, m.step(plan.Step{
			ID: "clear", Server: m.to(), Title: "delete the unfinished copy", Lane: m.to(), Commands: []string{"rm -rf " + m.newDir()},
			Done: func(ctx context.Context) (bool, error) {
				copied, err1 := m.seen(ctx, m.newDir())
				data, err2 := m.seen(ctx, m.tn.DataDir)
				return !copied && data, errors.Join(err1, err2)
			},
			Do: func(ctx context.Context, _ plan.Progress) error {
				if err := m.dropCopy(ctx); err != nil {
					return err
				}
				// A run that ended between the two renames left no data folder: the old one goes back.
				_, err := m.target.Node.Runner.Run(ctx, asRoot("put the old data back", `set -e
[ -e "$1" ] || [ ! -e "$2" ] || { mv -T "$2" "$1"; rm -f "$2.json"; systemctl start "$3"; }`, m.tn.DataDir, m.oldDir(), m.tn.Service))
				return err
			},
			Undo: plan.Permanent("it was of no use"),
		}))
	}
	// One that was promoted behind Belt's back is no replica any more, and still has what made it one.
	promoted := len(m.tn.Written) > 0 && m.target.Identity != "" && m.target.Identity == m.pn.SystemIdentifier
	if m.target.Replica || promoted {
		steps = append(steps, m.leave())
	}
	return append(steps, m.step(plan.Step{
		ID: "clean", Server: m.to(), Title: "remove the password file and the primary's rules", Lane: m.to(),
		Commands: []string{"rm " + m.passfile(), "rm " + stateFile(m.tn, "run")},
		Done:     func(ctx context.Context) (bool, error) { return m.cleaned(ctx, m.allNotes()...) },
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := m.dropSecrets(ctx); err != nil {
				return err
			}
			if err := m.dropAccess(ctx); err != nil {
				return err
			}
			if m.target.Running && !m.opts.Stop {
				if _, err := reload(ctx, m.target, ""); err != nil {
					return err
				}
			}
			return dropState(ctx, m.target.Node.Runner, m.allNotes()...)
		},
		Undo: plan.Permanent("the replica is a server of its own now"),
	}))
}

// cleaned tells whether the target has neither the files given nor a secret or a rule of Belt's any more.
func (m making) cleaned(ctx context.Context, files ...string) (bool, error) {
	result, err := m.target.Node.Runner.Run(ctx, look("look for what is to be removed", `file=$1
shift
for f; do [ ! -e "$f" ] || exit 0; done
grep -qs -- '# belt-copied$' "$file" || echo none; exit 0`,
		append([]string{m.tn.Settings["hba_file"].Value, m.passfile(), m.rootCert()}, files...)...))
	return strings.TrimSpace(result.Stdout) == "none", err
}

// leave ends the recovery of the replica, or stops it for good.
func (m making) leave() plan.Step {
	s := plan.Step{
		ID: "leave", Server: m.to(), Lane: m.to(), Title: "make it a server of its own, writable, with its data",
		Commands: []string{"SELECT pg_promote()", "ALTER SYSTEM RESET primary_conninfo, primary_slot_name, …", "systemctl restart " + m.tn.Service},
		Disrupts: m.to() + " restarts and then takes writes; it no longer follows",
		Undo:     plan.Permanent("the replica goes its own way from here; enable or resync makes it one again"),
		Done: func(ctx context.Context) (bool, error) {
			result, err := m.target.Node.Runner.Run(ctx, look("look at the data folder",
				`[ ! -e "$1/standby.signal" ] && ! grep -qs '^primary_' "$1/postgresql.auto.conf" && echo yes; exit 0`, m.tn.DataDir))
			return strings.TrimSpace(result.Stdout) == "yes", err
		},
		Do: m.doLeave,
	}
	if m.opts.Stop {
		s.Title = "make it a server of its own and leave it stopped"
		s.Disrupts = m.to() + " stops"
	}
	return m.step(s)
}

func (m making) doLeave(ctx context.Context, report plan.Progress) error {
	if err := startIfDown(ctx, m.target); err != nil {
		return err
	}
	if out, err := ask(ctx, m.target, "see whether it recovers", "SELECT pg_is_in_recovery()"); err != nil {
		return err
	} else if out == "t" {
		m.lastCatchUp(ctx, report)
		if err := change(ctx, m.target, "promote", "SELECT pg_promote(true, 300)"); err != nil {
			return err
		}
		err := until(ctx, 5*time.Minute, func(ctx context.Context) (bool, error) {
			out, err := ask(ctx, m.target, "see whether it recovers", "SELECT pg_is_in_recovery()")
			return out == "f", err
		})
		if err != nil {
			return fmt.Errorf("%s: waiting for the promotion: %w", m.to(), err)
		}
	}
	var sql strings.Builder
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(m.writes(), m.tn.Written...)))) {
		fmt.Fprintf(&sql, "ALTER SYSTEM RESET %s;\n", name)
	}
	if err := change(ctx, m.target, "forget the primary", sql.String()+dropCopiedRoles+"CHECKPOINT;"); err != nil {
		return err
	}
	if m.opts.Stop {
		return stopService(ctx, m.target)
	}
	return startService(ctx, m.target, "restart")
}

// dropCopiedRoles takes away the roles of the primary's replicas, which came with its data: nobody there needs them.
const dropCopiedRoles = `DO $belt$
DECLARE name text;
BEGIN
  FOR name IN SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE 'belt: replica %' LOOP
    EXECUTE format('DROP OWNED BY %1$I; DROP ROLE %1$I', name);
  END LOOP;
END $belt$;
`

// lastCatchUp lets a replica that streams take what the primary has, so that it starts its own life complete. One that
// cannot is let go as it is.
func (m making) lastCatchUp(ctx context.Context, report plan.Progress) {
	if m.pn.SystemIdentifier == "" || !m.primary.Running {
		return
	}
	if ok, err := m.streams(ctx); err != nil || !ok {
		return
	}
	short, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := m.catchUp(short, report); err != nil {
		report(0, 0, "promoting it as far as it is")
	}
}

// forgetSteps remove what the primary holds for the replica.
func (m making) forgetSteps() []plan.Step {
	gone := plan.Permanent("the replica is a server of its own now; enable makes it new")
	steps := []plan.Step{
		m.step(plan.Step{
			ID: "slot", Server: m.from(), Title: "drop slot " + m.name, Undo: gone,
			Commands: []string{fmt.Sprintf("SELECT pg_drop_replication_slot(%s)", literal(m.name))},
			Done:     m.absent("pg_replication_slots", "slot_name"),
			Do:       func(ctx context.Context, _ plan.Progress) error { return m.dropSlot(ctx) },
		}),
		m.step(plan.Step{
			ID: "hba", Server: m.from(), Title: "take its lines out of pg_hba.conf", Undo: gone,
			Commands: []string{"edit " + m.pn.Settings["hba_file"].Value, "SELECT pg_reload_conf()"},
			Done: func(ctx context.Context) (bool, error) {
				out, err := ask(ctx, m.primary, "read pg_hba.conf", "SELECT pg_read_file(current_setting('hba_file'))")
				return !strings.Contains(out+"\n", hbaMark+m.name+"\n"), err
			},
			Do: func(ctx context.Context, _ plan.Progress) error { return m.setHBA(ctx, nil) },
		}),
		m.step(plan.Step{
			ID: "role", Server: m.from(), Title: "drop role " + m.name, Undo: gone,
			Commands: []string{"DROP ROLE " + ident(m.name)},
			Done:     m.absent("pg_roles", "rolname"),
			Do:       func(ctx context.Context, _ plan.Progress) error { return m.dropRole(ctx) },
		}),
	}
	if slices.ContainsFunc(m.pn.Begun, func(u unfinished) bool { return u.Replica == m.target.Node.Key() }) {
		steps = append(steps, m.step(plan.Step{
			ID: "forget", Server: m.from(), Title: "remove the note of the unfinished run", Commands: []string{"rm " + m.begunFile()},
			Do: func(ctx context.Context, _ plan.Progress) error {
				return dropState(ctx, m.primary.Node.Runner, m.begunFile())
			},
			Done: func(ctx context.Context) (bool, error) {
				result, err := m.primary.Node.Runner.Run(ctx, look("look for the note", `[ ! -e "$1" ] || echo there; exit 0`, m.begunFile()))
				return err == nil && result.Stdout == "", err
			},
			Undo: plan.Permanent("there is no such run any more"),
		}))
	}
	return steps
}

func (m making) absent(catalog, column string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		out, err := ask(ctx, m.primary, "look for "+m.name, fmt.Sprintf("SELECT count(*) FROM %s WHERE %s = %s", catalog, column, literal(m.name)))
		return out == "0", err
	}
}

// restoreStep puts the primary's settings back once its last replica is gone.
func restoreStep(p replication.Facts, restart bool) plan.Step {
	n := nativeOf(p)
	var commands []string
	postmaster := false
	for _, name := range sortedKeys(n.Saved) {
		if v := n.Saved[name]; v == nil {
			commands = append(commands, "ALTER SYSTEM RESET "+name)
		} else {
			commands = append(commands, fmt.Sprintf("ALTER SYSTEM SET %s = %s", name, literal(*v)))
		}
		postmaster = postmaster || needsRestart[name]
	}
	s := plan.Step{
		ID: "settings", Server: p.Node.Label, Title: "put the settings back", Commands: append(commands, "SELECT pg_reload_conf()"),
		Undo: plan.Permanent("enable sets them again"),
		Done: func(ctx context.Context) (bool, error) {
			record, err := readSaved(ctx, p)
			return len(record) == 0, err
		},
		Do: func(ctx context.Context, report plan.Progress) error {
			return restoreSettings(ctx, p, nil, restart, report)
		},
	}
	if postmaster && restart {
		s.Commands[len(s.Commands)-1] = "systemctl restart " + n.Service
		s.Disrupts = fmt.Sprintf("%s restarts to put settings back: about %d s without the primary; --no-restart leaves them for its next restart", p.Node.Label, restartSeconds)
	}
	return s
}
