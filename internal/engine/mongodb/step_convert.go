package mongodb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// saved is what is noted on a primary before Belt changes its settings.
type saved struct {
	Run  string `json:"run"`  // the run that made the set, or the first one that changed something
	Conf values `json:"conf"` // what mongod.conf said
	Key  string `json:"key"`  // the keyfile that Belt made; empty for none
	Set  bool   `json:"set"`  // Belt made the set
	Made bool   `json:"made"` // the set took writes
}

// converter makes a standalone the primary of a set of one, and takes that back.
type converter struct {
	replica.Instance
	conversion
	run string
}

func (c converter) file() string { return c.StateFile("settings") }

// convertStep restarts the primary once, and makes it a set in the same breath: between the two nobody can write.
func convertStep(p replication.Facts, conv conversion, run string, adopt bool) plan.Step {
	c := converter{instanceOf(p), conv, run}
	n := nativeOf(p)
	var commands []string
	if conv.makeKey {
		commands = append(commands, fmt.Sprintf("write %s (0400, owner %s)", conv.keyFile, n.Owner))
	}
	commands = append(commands, conv.write.lines(n.ConfFile)...)
	s := plan.Step{ID: "convert", Server: p.Node.Label, Title: "make it the primary of a replica set of one", Adopt: adopt}
	if conv.restarts() {
		commands = append(commands, "systemctl restart "+n.Service)
		s.Disrupts = fmt.Sprintf("%s restarts: about %d s without the primary, the only time", p.Node.Label, restartSeconds)
	}
	if conv.initiate {
		commands = append(commands, fmt.Sprintf(`replSetInitiate {_id: %q, members: [{_id: 0, host: %q}]}`, conv.set, conv.host))
	} else if !adopt {
		s.Title = "let members reach it"
	}
	s.Commands = append(commands, "getCmdLineOpts   -- what is in force")
	s.Done = func(ctx context.Context) (bool, error) { return c.done(ctx) }
	s.Do = c.do
	s.Undo = plan.Undoable("put mongod.conf back, restart, drop the database local and restart: a standalone again", func(ctx context.Context, _ plan.Progress) error {
		return c.undo(ctx)
	})
	return s
}

func (c converter) door() door {
	d := doorOf(c.Facts)
	d.keyFile = c.keyFile
	return d
}

// done tells whether the primary is one that members can join, by what is in force.
func (c converter) done(ctx context.Context) (bool, error) {
	s, line, err := c.door().open(ctx, true)
	if err != nil {
		return false, ctx.Err() // then Do tells
	}
	defer s.close()
	if len(c.write.from(line.options())) > 0 {
		return false, nil
	}
	h, err := s.hello(ctx)
	return err == nil && h.Writable && h.SetName == c.set, ctx.Err()
}

func (c converter) do(ctx context.Context, report plan.Progress) error {
	if err := c.note(ctx); err != nil {
		return err
	}
	if c.makeKey {
		if err := makeKey(ctx, c.Instance, c.keyFile); err != nil {
			return err
		}
	}
	if err := editConf(ctx, c.Instance, c.write); err != nil {
		return err
	}
	begun := time.Now()
	if c.restarts() {
		report(0, 0, "restarting: nobody can write")
		if err := c.Start(ctx, "restart"); err != nil {
			return err
		}
	}
	if err := c.makeSet(ctx); err != nil {
		return err
	}
	if err := c.noteMade(ctx); err != nil {
		return err
	}
	if c.restarts() {
		plan.Remark(ctx, "%s takes writes again after %.1f s", c.Label(), time.Since(begun).Seconds())
	}
	return nil
}

// makeSet initiates the set, waits until its only member takes writes, and reads back what is in force.
func (c converter) makeSet(ctx context.Context) error {
	s, line, err := c.door().open(ctx, false)
	if err != nil {
		return err
	}
	defer s.close()
	if c.initiate {
		err := s.tell(ctx, "admin", bson.D{{Key: "replSetInitiate", Value: bson.D{
			{Key: "_id", Value: c.set},
			{Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: int32(0)}, {Key: "host", Value: c.host}}}},
		}}})
		if err != nil && !failed(err, codeAlreadyInitialized) {
			return fmt.Errorf("%w: has %s a way to itself at %s?", err, c.Label(), c.host)
		}
	}
	err = replica.Until(ctx, time.Minute, func(ctx context.Context) (bool, error) {
		h, err := s.hello(ctx)
		return h.Writable, err
	})
	if err != nil {
		return fmt.Errorf("%s: waiting until it takes writes: %w", c.Label(), err)
	}
	return c.inForce(line)
}

// inForce compares the options in force with those that were written: the command line wins over the file.
func (c converter) inForce(line commandLine) error {
	for name := range c.write.from(line.options()) {
		return fmt.Errorf("%s: %s is %q after the restart: something overrides %s; look at the options of %s",
			c.Label(), name, line.options()[name], nativeOf(c.Facts).ConfFile, c.Unit)
	}
	return nil
}

// note keeps what mongod.conf says now; what an earlier run noted stands.
func (c converter) note(ctx context.Context) error {
	record, err := c.read(ctx)
	if err != nil {
		return err
	}
	if record.Conf == nil {
		record.Run, record.Conf = c.run, values{}
	}
	for name, value := range c.write.before(nativeOf(c.Facts).Conf) {
		if _, there := record.Conf[name]; !there {
			record.Conf[name] = value
		}
	}
	record.Set = record.Set || c.initiate
	if c.makeKey {
		record.Key = c.keyFile
	}
	return replica.PutState(ctx, c.Runner(), c.file(), record)
}

// noteMade notes that the set took writes, of which a standalone has to have all.
func (c converter) noteMade(ctx context.Context) error {
	record, err := c.read(ctx)
	if err != nil {
		return err
	}
	record.Made = true
	return replica.PutState(ctx, c.Runner(), c.file(), record)
}

func (c converter) read(ctx context.Context) (saved, error) {
	var record saved
	err := replica.ReadState(ctx, c.Runner(), "read the noted settings", c.file(), &record)
	return record, err
}

// undo makes the primary what it was before the run. It looks at the note: without one there is nothing to take back.
func (c converter) undo(ctx context.Context) error {
	record, err := c.read(ctx)
	switch {
	case err != nil || record.Conf == nil:
		return err
	case record.Run != c.run: // the set is an earlier run's
		return c.back(ctx, c.write.before(nativeOf(c.Facts).Conf), c.keyFile)
	}
	return c.release(ctx, record)
}

// release makes the primary the standalone that the note tells of.
func (c converter) release(ctx context.Context, record saved) error {
	if record.Set && record.Made {
		if err := c.commit(ctx); err != nil {
			return err
		}
	}
	if err := c.back(ctx, record.Conf, record.Key); err != nil {
		return err
	}
	if record.Set {
		d := doorOf(c.Facts)
		if record.Key != "" {
			d.keyFile = "" // it is in force no more
		}
		if err := strip(ctx, c.Instance, d); err != nil {
			return err
		}
	}
	if record.Key != "" {
		if err := dropKey(ctx, c.Instance); err != nil {
			return err
		}
	}
	return replica.DropState(ctx, c.Runner(), c.file())
}

// back writes settings, and restarts a mongod that does not have them in force. keyFile is the one in use until then.
func (c converter) back(ctx context.Context, conf values, keyFile string) error {
	if err := editConf(ctx, c.Instance, conf); err != nil {
		return err
	}
	d := c.door()
	d.keyFile = keyFile
	if s, line, err := d.open(ctx, true); err == nil {
		s.close()
		if len(conf.from(line.options())) == 0 {
			return nil
		}
	}
	return c.Start(ctx, "restart")
}

// savedBy reads the note in the facts.
func savedBy(n *native) (saved, bool) {
	var record saved
	if json.Unmarshal([]byte(n.Saved), &record) != nil || record.Conf == nil {
		return record, false
	}
	return record, true
}
