package ops

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// PromoteOptions say which replica becomes the primary.
type PromoteOptions struct {
	Change
	Target  string
	Replica string
	Lost    bool // the primary is gone, and will not be waited for
}

const promoteCommand = "db promote"

// Promote makes a replica the primary, and the others, the old primary among them, its replicas.
func Promote(ctx context.Context, s *Session, o PromoteOptions) (Result, error) {
	result := NewResult(promoteCommand, o.Target)
	target, err := s.Inventory.Target(o.Target)
	if err != nil {
		return result, err
	}
	result.Target = target.String()
	if o.Replica == "" {
		return result, noTarget(promoteCommand)
	}
	g, err := s.group(target)
	if err != nil {
		return result, err
	}
	promoter, ok := g.engine.(replication.Promoter)
	if !ok {
		return result, usage("", "%s: this version of belt does not promote %s", target, target.Database.Engine)
	}
	c := change{
		Change: o.Change, command: promoteCommand, group: g, promotes: true, primaryless: true, plan: promoter.PlanPromote,
		options: replication.Options{Over: target.Database.ReplicateOver, Lost: o.Lost, SkipChecks: o.SkipChecks},
	}
	known := len(g.nodes)
	if c.targets, err = s.named(g, []string{o.Replica}); err != nil {
		return result, err
	}
	if len(g.nodes) > known {
		return result, usage("belt db replicate enable "+target.String()+" --replica "+o.Replica+" makes it one",
			"%s is no replica of %s", o.Replica, target)
	}
	return s.apply(ctx, c)
}

// probeFollowers asks of every server but one whether it reaches that one's database, side by side and reading only.
func (g *group) probeFollowers(ctx context.Context, t replication.Topology, next replication.Facts) map[string]replication.Link {
	followers := slices.Clone(t.Standalone)
	if t.Primary != nil {
		followers = append(followers, *t.Primary)
	}
	for _, r := range t.Replicas {
		followers = append(followers, r.Facts)
	}
	links := map[string]replication.Link{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, f := range followers {
		if f.Node.Same(next.Node) || f.Err != nil {
			continue
		}
		over := g.over[f.Node.Key()]
		if over == "" {
			over = g.over[next.Node.Key()]
		}
		wg.Go(func() {
			found := g.probe(ctx, next, []replication.Facts{f}, over)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(links, found)
		})
	}
	wg.Wait()
	return links
}

// turned makes belt.yaml say that the change's target is the primary: it comes first in its database, and where that is of
// another app than the one that was the source so far, the sources turn round.
func (c change) turned(e *inventory.Editor) error {
	next, root := c.targets[0], c.group.root
	to := next.App + "/" + next.Database
	t, err := e.Inventory().Target(to)
	if err != nil {
		return err
	}
	if to != root.String() {
		// Its data are those of the old source, and so are the accounts in it: its applications have them already.
		if err := e.TakeCredentials(next.App, next.Database, root.String(), inherited(next.Engine)...); err != nil {
			return err
		}
		if err := e.ClearSource(next.App, next.Database); err != nil {
			return err
		}
		for _, app := range e.Inventory().Apps {
			for _, d := range app.Databases {
				if d.Target() != to && (d.Target() == root.String() || d.Source == root.String()) {
					if err := e.SetSource(d.App, d.Name, to); err != nil {
						return err
					}
				}
			}
		}
	}
	order := append([]string{next.Server}, slices.DeleteFunc(slices.Clone(t.Database.Servers), func(s string) bool { return s == next.Server })...)
	return e.SetMembers(next.App, next.Database, order)
}

// inherited are the credentials that the variables of a replica in another app take from its source, as
// [variables.Following] has it.
func inherited(engine string) []string {
	switch engine {
	case inventory.PostgreSQL:
		return []string{"username", "database", "password_file"}
	case inventory.MySQL, inventory.MariaDB:
		return []string{"database"}
	}
	return nil
}

// promoted is the group once the change is done, as belt.yaml then has it, and who is who in it.
func (s *Session) promoted(c change, m *made) (*Session, *group, future, error) {
	inv, err := inventory.After(s.Inventory.Path, c.turned)
	if err != nil {
		return nil, nil, future{}, err
	}
	later := *s
	later.Inventory = inv
	next := c.targets[0]
	target, err := inv.Target(next.App + "/" + next.Database)
	if err != nil {
		return nil, nil, future{}, err
	}
	g, err := later.groupFrom(target, c.group.home)
	if err != nil {
		return nil, nil, future{}, err
	}
	now := c.group.now(m.roles)
	old := now.primary
	f := future{primary: &next}
	turn := func(was []replication.Node, joins bool) []replication.Node {
		return g.those(func(n replication.Node) bool {
			return !n.Same(next) && (contains(was, n) || joins && old != nil && n.Same(*old))
		})
	}
	f.replicas = turn(now.replicas, true)
	f.serving, f.copies = turn(now.serving, !c.options.Lost), turn(now.copies, !c.options.Lost)
	f.name = g.named(m.roles, f, c.options)
	return &later, g, f, nil
}

// turnRound adds to the plan of a promotion belt.yaml, at its end, and the variables: applications are sent to the new
// primary before it takes writes, so that none is told that it may not write where it no longer should. The new files are
// there before the old primary stops taking them.
func (s *Session) turnRound(ctx context.Context, c *change, m *made) {
	later, g, f, err := s.promoted(*c, m)
	if err != nil {
		m.plan.Checks = append(m.plan.Checks, plan.Check{Name: "inventory", Detail: "belt.yaml cannot be turned round: " + err.Error(), Hint: HintOf(err)})
		return
	}
	step, note := s.inventoryStep(*c, f)
	if step != nil {
		m.plan.Steps = append(m.plan.Steps, *step)
	}
	if note != "" {
		m.plan.Notes = append(m.plan.Notes, note)
	}
	after := *c
	after.group, after.targets = g, append(slices.Clone(f.replicas), *f.primary)
	servers, err := later.envServers(after, f)
	if err != nil {
		m.plan.Checks = append(m.plan.Checks, plan.Check{Name: "env", Detail: "the variables cannot be told: " + err.Error(), Hint: HintOf(err)})
		return
	}
	if push := s.pushing(ctx, c, m, servers); push != nil {
		closes := slices.IndexFunc(m.plan.Steps, func(s plan.Step) bool { return s.Closes })
		opens := slices.IndexFunc(m.plan.Steps, func(s plan.Step) bool { return s.Opens })
		m.plan.Steps = slices.Insert(m.plan.Steps, max(opens, 0), *push)
		if 0 <= closes && closes < opens { // no app server that is slow is waited for while nobody takes writes
			m.plan.Steps = slices.Insert(m.plan.Steps, closes, m.push.staging())
		}
	}
}
