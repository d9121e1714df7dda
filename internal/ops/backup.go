package ops

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/backup"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Streams move the streams of backups. [transfer.Jobs] does it on real servers.
type Streams interface {
	transfer.Mover
	// Read returns what one end's script left in a file of its folder, until Stop.
	Read(ctx context.Context, s transfer.Stream, sender bool, name string) (string, error)
}

// vault is one database's backups, and the servers that have to do with them.
type vault struct {
	s      *Session
	target inventory.Target
	group  *group
	engine replication.Backuper
	at     inventory.Backups
	server inventory.Server // that keeps them
	label  string
	store  backup.Store
	arch   string // of that server, once it was asked
	free   int64  // bytes there
}

// vault finds where a database's backups are kept.
func (s *Session) vault(name string, result *Result) (*vault, error) {
	target, err := s.Inventory.Target(name)
	if err != nil {
		return nil, err
	}
	result.Target = target.String()
	v := &vault{s: s, target: target, at: target.App.Backups}
	if v.group, err = s.group(target); err != nil {
		return nil, err
	}
	var can bool
	if v.engine, can = v.group.engine.(replication.Backuper); !can {
		return nil, usage("", "%s: this belt does not back up %s", target, target.Database.Engine)
	}
	if v.at.Server == "" {
		return v, nil
	}
	if v.server, err = target.App.Server(v.at.Server); err != nil {
		return nil, err
	}
	v.label = label(v.group.home, v.server)
	v.store = backup.Store{
		Runner: s.Connect.Runner(v.server, v.label), Dir: backup.Place(v.at.Directory, target.App.Name, target.Database.Name),
	}
	return v, nil
}

// kept is vault that refuses an app without one.
func (s *Session) kept(name string, result *Result) (*vault, error) {
	v, err := s.vault(name, result)
	if err == nil && v.at.Server == "" {
		err = usage("write into belt.yaml, under "+v.target.App.Name+": backups: {server: NAME, directory: /var/backups/belt, keep: 14}",
			"app %s has no backups: in belt.yaml", v.target.App.Name)
	}
	return v, err
}

// ask looks at the server that keeps the backups.
func (v *vault) ask(ctx context.Context) error {
	result, err := v.store.Runner.Run(ctx, remote.Command{
		Title: "look at the server of the backups", As: "root", ReadOnly: true, Args: []string{v.store.Dir},
		Script: `uname -m; d=$1; while [ ! -d "$d" ]; do d=$(dirname "$d"); done; df -PB1 "$d" | awk 'NR == 2 {print $4}'`,
	})
	if err != nil {
		return err
	}
	if n, err := fmt.Sscan(result.Stdout, &v.arch, &v.free); n != 2 {
		return fmt.Errorf("%s: what it has cannot be told: %w: %.100q", v.label, err, result.Stdout)
	}
	return nil
}

// find is the backup of that id, or the newest.
func (v *vault) find(ctx context.Context, id string) (backup.Manifest, error) {
	all, _, err := v.store.List(ctx)
	if err != nil {
		return backup.Manifest{}, err
	}
	m, err := backup.Find(all, id)
	if err != nil {
		fix := "belt db backup list " + v.target.String() + " lists them"
		if len(all) == 0 {
			fix = "belt db backup create " + v.target.String() + " takes one"
		}
		return m, refuse(fix, "%s: %v", v.target, err)
	}
	return m, nil
}

// place is the lock of a run on the backups. It is none of the database's: a backup keeps nobody from mending a replica.
func (v *vault) place() lock.Place {
	return lock.Place{Runner: v.store.Runner, Name: "backup-" + v.target.App.Name + "-" + v.target.Database.Name}
}

// streamID names the two ends of a stream; see [stopBackups].
func (v *vault) streamID(what string) string {
	return "backup." + what + "." + v.target.App.Name + "." + v.target.Database.Name
}

// path is the way between a database's server and that of the backups.
func (v *vault) path(ctx context.Context, node replication.Node, arch string, toVault bool) (transfer.Path, error) {
	if node.App == v.server.App && node.Server == v.server.Name {
		return transfer.Path{Way: transfer.Within}, nil
	}
	internal := v.server.Internal
	if internal == "" {
		internal = v.server.Address
	}
	here := transfer.Place{Runner: node.Runner, Arch: arch, Address: node.Internal}
	there := transfer.Place{Runner: v.store.Runner, Arch: v.arch, Address: internal}
	if node.App != v.server.App {
		here.Address, there.Address = node.External, v.server.Address
	}
	if toVault {
		return v.s.Streams.Probe(ctx, here, there)
	}
	return v.s.Streams.Probe(ctx, there, here)
}

// source is the server that a backup is taken from: the one named, else a replica that is in sync, else the primary; then
// note says so.
func (v *vault) source(t replication.Topology, named string) (f replication.Facts, role, note string, err error) {
	node := func(f replication.Facts) replication.Facts {
		if known, ok := v.group.byKey(f.Node.Key()); ok {
			f.Node = known
		}
		return f
	}
	for _, r := range t.Replicas {
		if named != "" && r.Facts.Node.Label != named && r.Facts.Node.Server != named {
			continue
		}
		if r.State == replication.Streaming && r.Facts.Running {
			return node(r.Facts), "replica", "", nil
		}
		if named != "" {
			return f, "", "", refuse("belt db replicate resync mends it, or name another server", "%s is %s: %s", r.Facts.Node.Label, r.State, r.Problem)
		}
	}
	p := t.Primary
	if p == nil || p.Err != nil || named != "" && p.Node.Label != named && p.Node.Server != named {
		return f, "", "", refuse("belt db status "+t.Target, "%s is no running server of %s", firstOf(named, "there"), t.Target)
	}
	if named == "" {
		note = fmt.Sprintf("no replica of %s is in sync: the backup is taken from the primary, %s", t.Target, p.Node.Label)
	}
	return node(*p), "primary", note, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// inspected asks every server of the database. Where none answers, the first error is told.
func (v *vault) inspected(ctx context.Context) (replication.Topology, error) {
	facts := v.s.look(ctx, v.group, replication.Survey)
	if ctx.Err() != nil {
		return replication.Topology{}, context.Cause(ctx)
	}
	t := v.group.topology(facts)
	running := false
	for _, f := range facts {
		running = running || f.Err == nil && f.Running
	}
	if !running {
		if err := firstError(facts); err != nil {
			return t, err
		}
		return t, refuse("belt db status "+t.Target, "no server of %s runs", t.Target)
	}
	return t, nil
}

// run applies a plan of the backups' own, under the lock and with an entry in the journals.
func (v *vault) run(ctx context.Context, o Change, p plan.Plan, result *Result, nodes ...replication.Node) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("a defect in belt: %w", err)
	}
	skip(p.Checks, o.SkipChecks)
	if o.DryRun {
		view := p.View()
		result.Plan = &view
		return p.Refusal()
	}
	v.s.Screen.Plan(p.View())
	if err := p.Refusal(); err != nil {
		return err
	}
	c := change{command: p.Command, group: v.group}
	m := &made{run: newRun()}
	var held []lock.Place
	if v.store.Runner != nil {
		held = append(held, v.place())
	}
	c.beside = func() []lock.Place { return held }
	if len(held) > 0 {
		locked, release, err := v.s.lock(ctx, c, m)
		if err != nil {
			return err
		}
		defer release()
		ctx = locked
	}
	c.beside = func() []lock.Place {
		places := held
		for _, n := range nodes {
			if n.App != v.server.App || n.Server != v.server.Name {
				places = append(places, placeOf(n))
			}
		}
		return places
	}
	end := v.s.record(ctx, c, m)
	err := result.take(plan.Apply(ctx, p, v.s.Screen, plan.Options{Hard: o.Hard}))
	end(*result, err)
	return err
}

// member finds a member of the group by the name that the user gave.
func (v *vault) member(name string) (replication.Node, error) {
	nodes, err := v.s.named(v.group, []string{name})
	if err != nil {
		return replication.Node{}, err
	}
	if len(nodes) != 1 {
		return replication.Node{}, errors.New("a defect in belt: a server without a node")
	}
	return nodes[0], nil
}

// shortly is a list of values for people.
func shortly(values map[string]string, names []string) string {
	var parts []string
	for _, n := range names {
		parts = append(parts, n+" "+values[n])
	}
	return strings.Join(parts, ", ")
}
