package ops

import (
	"context"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/replication"
)

// EnableOptions say which servers become replicas.
type EnableOptions struct {
	Change
	Target     string
	Replicas   []string // servers of the target's app; or
	From       string   // the target whose primary the target's own server is to follow
	DiscardOld bool
	MaxRate    int64 // bytes per second
	KeepWAL    int64 // bytes
	Votes      bool  // replicas may become the primary by themselves
}

const enableCommand = "db replicate enable"

// Enable makes servers replicas of the target's primary, or the target's server a replica of another app's database.
func Enable(ctx context.Context, s *Session, o EnableOptions) (Result, error) {
	result := NewResult(enableCommand, o.Target)
	target, err := s.Inventory.Target(o.Target)
	if err != nil {
		return result, err
	}
	result.Target = target.String()
	if (len(o.Replicas) == 0) == (o.From == "") {
		return result, usage("belt db replicate enable --help shows both",
			"say which server becomes the replica: --replica within the app, or --from between apps")
	}
	c := change{
		Change: o.Change, command: enableCommand, joins: true,
		options: replication.Options{
			Over: target.Database.ReplicateOver, DiscardOld: o.DiscardOld,
			MaxRate: o.MaxRate, KeepWAL: o.KeepWAL, Votes: o.Votes, SkipChecks: o.SkipChecks,
		},
	}
	if o.From != "" {
		err = s.enableFrom(&c, target, o.From)
	} else {
		err = s.enableWithin(&c, target, o.Replicas)
	}
	if err != nil {
		return result, err
	}
	c.plan = c.group.engine.PlanEnable
	return s.apply(ctx, c)
}

// enableWithin prepares replicas within the app.
func (s *Session) enableWithin(c *change, target inventory.Target, replicas []string) (err error) {
	if target.Database.Source != "" {
		return usage("belt db replicate enable "+s.rootOf(target).String()+" --replica … makes replicas of the primary",
			"%s is itself a replica of %s", target, target.Database.Source)
	}
	for _, name := range replicas {
		server, err := target.App.Server(name)
		if err != nil {
			return err
		}
		if len(target.Database.Servers) == 1 && server.Name == target.Database.Servers[0] {
			return usage("name another server of "+target.App.Name+": "+alternatives(target),
				"%s is the only server of %s: it cannot be its own replica", name, target)
		}
	}
	if c.group, err = s.group(target); err != nil {
		return err
	}
	c.targets, err = s.named(c.group, replicas)
	return err
}

// enableFrom prepares the target's only server as a replica of another app's primary.
func (s *Session) enableFrom(c *change, target inventory.Target, from string) error {
	source, err := s.Inventory.Target(from)
	if err != nil {
		return err
	}
	d := target.Database
	switch {
	case source.String() == target.String():
		return usage("", "%s cannot be a replica of itself", target)
	case source.App.Name == target.App.Name:
		return usage("within an app: belt db replicate enable "+source.String()+" --replica SERVER",
			"%s and %s are in the same app", target, source)
	case source.Database.Engine != d.Engine:
		return usage("", "%s is %s and %s is %s", target, d.Engine, source, source.Database.Engine)
	case d.Source != "" && d.Source != source.String():
		return usage("belt db replicate disable "+target.String()+" ends that first",
			"%s is a replica of %s already", target, d.Source)
	case len(d.Servers) != 1:
		return usage("between apps one server becomes a replica: leave one in servers: of "+target.String(),
			"%s has %d servers", target, len(d.Servers))
	case s.way(source, target) != nil:
		return usage(noCircle, "%s is a replica of %s: %s", source, target, round(s.way(source, target)))
	case source.Database.Source != "" && !s.chains(d.Engine):
		return refuse("belt db replicate enable "+target.String()+" --from "+s.rootOf(source).String()+" replicates from the primary",
			"%s is itself a replica of %s, and a replica of %s has none of its own", source, source.Database.Source, d.Engine)
	}
	for above := range s.upwards(source) {
		for _, server := range target.Members() {
			for _, other := range above.Members() {
				if server.Address == other.Address && server.SSH.Port == other.SSH.Port && d.Port == above.Database.Port {
					return usage("", "%s and %s are the same server, %s", label("", server), label("", other), server.Address)
				}
			}
		}
	}
	// Seen from the target, with the source's members first, as if the inventory said so already.
	target.Database.Source = source.String()
	if c.group, err = s.group(target); err != nil {
		return err
	}
	for _, server := range target.Members() {
		c.targets = append(c.targets, s.add(c.group, target, server))
	}
	c.source = source.String()
	return nil
}

// alternatives lists the servers that could become a replica.
func alternatives(t inventory.Target) string {
	others := t.OtherServers()
	if len(others) == 0 {
		return "it has none yet"
	}
	return orList(others)
}
