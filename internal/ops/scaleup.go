package ops

import (
	"context"
	"slices"

	"github.com/dbbelt/belt/internal/install"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/internal/provider"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// ScaleUpOptions say which server becomes one more replica.
type ScaleUpOptions struct {
	Change
	Target         string
	Server         string // its name; with Provider it may be empty: the next in the row is taken
	Address        string // of a server that belt.yaml does not have
	Internal       string
	HostKey        string // "ssh-ed25519 AAAA…", where the user knows it
	Provider       string // that makes the server
	Size           string // in the provider's words
	WithoutBackups bool
	MaxRate        int64 // bytes per second
}

const scaleUpCommand = "db scale-up"

// scaling is one server that becomes a replica of a database.
type scaling struct {
	s      *Session
	o      ScaleUpOptions
	target inventory.Target
	group  *group
	engine replication.Installer

	made     *provider.Program // nil for a server of the operator's own
	wish     provider.Wish
	server   inventory.Server // without an address until the provider made it
	known    bool             // belt.yaml has the server
	primary  replication.Facts
	needs    replication.Needs
	machine  install.Machine // of a server that is there already
	disk     int64           // of the primary's file system
	late     *made
	release  func() // of the lock on a server that was made
	pinned   string // the host key that was shown by the provider or given by the user
	instance string
}

// ScaleUp turns a fresh server into one more replica.
func ScaleUp(ctx context.Context, s *Session, o ScaleUpOptions) (Result, error) {
	result := NewResult(scaleUpCommand, o.Target)
	target, err := s.Inventory.Target(o.Target)
	if err != nil {
		return result, err
	}
	result.Target = target.String()
	up := &scaling{s: s, o: o, target: target, late: &made{}, release: func() {}}
	if err := up.understand(); err != nil {
		return result, err
	}
	if up.known && slices.Contains(target.Database.Servers, up.server.Name) && len(target.Database.Servers) > 1 {
		// It is a member already: what is left to do, if anything, is what enable does.
		return Enable(ctx, s, EnableOptions{Change: o.Change, Target: o.Target, Replicas: []string{up.server.Name}, MaxRate: o.MaxRate})
	}
	defer func() { up.release() }()
	return s.apply(ctx, change{
		Change: o.Change, command: scaleUpCommand, group: up.group, late: up.late,
		options: replication.Options{Over: target.Database.ReplicateOver, MaxRate: o.MaxRate, SkipChecks: o.SkipChecks},
		look:    func(t replication.Topology) ([]replication.Node, error) { return nil, up.look(ctx, t) },
		plan:    up.plan, beside: up.places, about: []string{target.App.Name + "/" + up.server.Name},
	})
}

// understand makes sense of what was asked for, with the inventory at hand.
func (up *scaling) understand() (err error) {
	s, o, t := up.s, up.o, up.target
	if t.Database.Source != "" {
		return usage("belt db scale-up "+s.rootOf(t).String()+" makes replicas of the primary",
			"%s is itself a replica of %s", t, t.Database.Source)
	}
	if up.group, err = s.group(t); err != nil {
		return err
	}
	var can bool
	if up.engine, can = up.group.engine.(replication.Installer); !can {
		return usage("install it by hand, then belt db replicate enable "+t.String()+" --replica SERVER",
			"%s: this belt cannot install %s", t, t.Database.Engine)
	}
	up.instance = placeOf(replication.Node{Engine: t.Database.Engine, Settings: replication.Settings{Port: t.Database.Port}}).Name
	up.pinned = o.HostKey
	if o.Provider != "" {
		return up.ofProvider()
	}
	if o.Server == "" {
		return usage("belt db scale-up --help shows both", "say which server: --server NAME, or --provider NAME to have one made")
	}
	if o.Size != "" {
		return usage("", "--size is for a server that is made: --provider NAME")
	}
	if known, missing := t.App.Server(o.Server); missing == nil {
		if o.Address != "" && o.Address != known.Address || o.Internal != "" && o.Internal != known.Internal {
			return usage("leave --address and --internal out, or name another server",
				"server %s of %s has the address %s already", o.Server, t.App.Name, known.Address)
		}
		if len(t.Database.Servers) == 1 && t.Database.Servers[0] == o.Server {
			return usage("name another server", "%s is the only server of %s: it cannot be its own replica", o.Server, t)
		}
		up.server, up.known = known, true
		return nil
	}
	if o.Address == "" {
		return usage("--address says where it is reached; then it is added to belt.yaml", "app %s has no server %s", t.App.Name, o.Server)
	}
	up.server = up.described(o.Server, provider.Server{Address: o.Address, Internal: o.Internal})
	return up.fits()
}

// ofProvider prepares a server that is made.
func (up *scaling) ofProvider() error {
	o, t := up.o, up.target
	p, err := up.s.Inventory.Provider(o.Provider)
	if err != nil {
		return err
	}
	if o.Address != "" || o.Internal != "" {
		return usage("", "the provider says which address the server has: leave --address and --internal out")
	}
	name := o.Server
	if name == "" {
		name = nextName(t)
	}
	if known, err := t.App.Server(name); err == nil {
		if known.Provider != p.Name {
			return usage("name another one with --server", "app %s has a server %s already", t.App.Name, name)
		}
		up.server, up.known = known, true // an earlier run made it
		return nil
	}
	up.made = up.s.program(p)
	up.wish = provider.Wish{App: t.App.Name, Database: t.Database.Name, Engine: t.Database.Engine, Name: name, Size: o.Size}
	up.server = up.described(name, provider.Server{})
	up.server.Provider = p.Name
	return nil
}

// described is a server that belt.yaml does not have yet, with the settings that it will have there.
func (up *scaling) described(name string, made provider.Server) inventory.Server {
	ssh := up.s.Inventory.SSH
	ssh.HostKey = up.pinned
	if made.HostKey != "" {
		ssh.HostKey = made.HostKey
	}
	return inventory.Server{App: up.target.App.Name, Name: name, Address: made.Address, Internal: made.Internal, SSH: ssh, Provider: up.server.Provider}
}

// fits tells whether belt.yaml would still be right with the new server.
func (up *scaling) fits() error {
	_, err := inventory.Preview(up.s.Inventory.Path, up.enabling(up.group).edits(future{}))
	if edit, ok := isEdit(err); ok {
		return usage(edit.Hint(), "%v", err)
	}
	return err
}

// runner is the way to the server.
func (up *scaling) runner() (remote.Runner, error) {
	if up.server.Address == "" {
		return nil, nil // it was not made
	}
	return up.s.Connect.Runner(up.server, up.server.Name), nil
}

// places are the locks beside that on the primary: on the server that is there already.
func (up *scaling) places() []lock.Place {
	if up.server.Address == "" || up.made != nil {
		return nil
	}
	r, _ := up.runner()
	return []lock.Place{{Runner: r, Name: up.instance}}
}

// job is the installation.
func (up *scaling) job() install.Job {
	return install.Job{
		Name: up.instance, Label: up.server.Name, Product: up.needs.Product, Needs: up.needs, Primary: up.primary.Host,
		Server: up.runner,
	}
}

// enabling is the change that enable would be, once the server has its database.
func (up *scaling) enabling(g *group) change {
	c := change{
		Change: up.o.Change, command: enableCommand, joins: true, group: g,
		options: replication.Options{Over: up.target.Database.ReplicateOver, MaxRate: up.o.MaxRate, SkipChecks: up.o.SkipChecks},
		plan:    g.engine.PlanEnable,
	}
	if !up.known {
		server := up.server
		c.adds = &server
	}
	return c
}

// plan is what can be planned before the server has its database.
func (up *scaling) plan(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target, Checks: up.checks()}
	if up.made != nil {
		p.Steps = append(p.Steps, up.create(), up.reach(), up.measure())
	}
	if up.made != nil || up.machine.Unfinished || !up.machine.HasMain(up.needs) {
		p.Steps = append(p.Steps, up.job().Steps()...)
	}
	p.Estimate = plan.Estimate{Bytes: up.needs.Bytes}
	p.Notes = append(p.Notes, up.enableNote())
	p.Then = up.then
	return p, nil
}
