package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// saved are settings as they were before Belt changed them.
type saved map[string]string

// settingsStep changes the primary's settings, while it runs where it can, and proves that they outlive a restart.
func settingsStep(p replication.Facts, c changes, adopt bool) plan.Step {
	n := nativeOf(p)
	s := plan.Step{
		ID: "settings", Server: p.Node.Label, Title: "set what replication needs: " + c.names(), Commands: c.commands(n), Adopt: adopt,
		Do: func(ctx context.Context, report plan.Progress) error { return applySettings(ctx, p, c, report) },
		Undo: plan.Undoable("put the settings back", func(ctx context.Context, report plan.Progress) error {
			return restoreSettings(ctx, p, c.only(), true, report)
		}),
	}
	if c.restart {
		s.Disrupts = fmt.Sprintf("%s restarts, since it reads %s at its start only: %s", p.Node.Label, c.names(), outage(p))
	}
	return s
}

// outage is what a restart costs.
func outage(p replication.Facts) string { return replica.Outage(p, nativeOf(p).restartSeconds()) }

// adoptedSettings stands for the settings that an unfinished run had already changed: nothing is left to do, and a
// failure puts them back, unless another replica needs them.
func adoptedSettings(p replication.Facts, makings []making) (plan.Step, bool) {
	n := nativeOf(p)
	mine := map[string]bool{}
	for _, m := range makings {
		if !m.Adopt {
			return plan.Step{}, false
		}
		mine[m.Name] = true
	}
	if slices.ContainsFunc(n.users(), func(u string) bool { return beltUser(u) && !mine[u] }) {
		return plan.Step{}, false
	}
	s := replica.KeptSettings(p, "settings", func(ctx context.Context, report plan.Progress) error {
		return restoreSettings(ctx, p, nil, true, report)
	})
	s.Commands = []string{"# nothing: " + n.dropIn() + " has them"}
	return s, len(n.saved()) > 0
}

func (c changes) only() map[string]bool {
	out := map[string]bool{}
	for _, s := range c.list {
		out[s.name] = true
	}
	return out
}

func savedFile(p replication.Facts) string { return instance(p).StateFile("settings") }

func applySettings(ctx context.Context, p replication.Facts, c changes, report plan.Progress) error {
	n := nativeOf(p)
	record := maps.Clone(n.saved())
	if record == nil {
		record = saved{}
	}
	var settings []conf.Setting
	var commands []command
	for _, s := range c.list {
		if _, noted := record[s.name]; !noted {
			record[s.name] = s.from
		}
		settings = append(settings, s.setting())
		commands = append(commands, command{"CONFIG", "SET", s.name, s.to})
	}
	if err := replica.PutState(ctx, p.Node.Runner, savedFile(p), record); err != nil {
		return err
	}
	if c.certificate { // after the note, by which the undo knows that it is Belt's
		if err := instance(p).MakeCertificate(ctx, serverCert(n), serverKey(n)); err != nil {
			return err
		}
	}
	if err := editDropIn(ctx, p, func(have []conf.Setting) []conf.Setting { return with(have, settings...) }); err != nil {
		return err
	}
	report(0, 0, "proving that they outlive a restart")
	if err := survives(ctx, p, c.list); err != nil {
		return err
	}
	if c.restart {
		return restartPrimary(ctx, p, report)
	}
	if _, err := change(ctx, p, "change the settings", commands...); err != nil {
		return err
	}
	return inForce(ctx, p, c.list)
}

// inForce tells whether the running server uses these values.
func inForce(ctx context.Context, f replication.Facts, wanted []settingChange) error {
	var commands []command
	for _, s := range wanted {
		commands = append(commands, command{"CONFIG", "GET", s.name})
	}
	replies, err := ask(ctx, f, "read the settings back", commands...)
	if err != nil {
		return err
	}
	for i, s := range wanted {
		if got := replies[i].Pairs()[s.name]; got != s.to {
			return fmt.Errorf("%s: %s is %q and not %q%s", f.Node.Label, s.name, got, s.to, winner(ctx, f, s.name))
		}
	}
	return nil
}

// restartPrimary restarts a primary that must not lose anything: what is not on disk by itself is written there first. That it
// can be is seen before: a server that fails to write its last snapshot does not stop, and systemd would wait for ever.
func restartPrimary(ctx context.Context, p replication.Facts, report plan.Progress) error {
	if n := nativeOf(p); !n.logsChanges() {
		// With a save point the server writes all it has when it is stopped, and reads it when it starts.
		if _, err := change(ctx, p, "see that it saves when it stops", command{"CONFIG", "SET", "save", "3600 1"}); err != nil {
			return err
		}
		if err := snapshot(ctx, p, report); err != nil {
			_, back := change(ctx, p, "put the save points back", command{"CONFIG", "SET", "save", n.Settings["save"]})
			return errors.Join(err, back)
		}
	}
	return instance(p).RestartPrimary(ctx, report)
}

// saved is what the note on the primary says.
func (n *native) saved() saved {
	record := saved{}
	if n.notes.Saved != "" {
		parseNote(n.notes.Saved, &record)
	}
	return record
}

// written is what the note on a replica says of its settings before it was one.
func (n *native) written() saved {
	record := saved{}
	if n.notes.Written != "" {
		parseNote(n.notes.Written, &record)
	}
	return record
}

// restoreSettings puts back what the note on the primary says, for the settings named (nil: all of them).
func restoreSettings(ctx context.Context, p replication.Facts, only map[string]bool, restart bool, report plan.Progress) error {
	n := nativeOf(p)
	record, rest := saved{}, saved{}
	if err := replica.ReadState(ctx, p.Node.Runner, "read the noted settings", savedFile(p), &record); err != nil {
		return err
	}
	if len(record) == 0 {
		return nil
	}
	if err := instance(p).StartIfDown(ctx); err != nil {
		return err
	}
	back := map[string]bool{}
	var commands []command
	again := false
	for _, name := range orderedBack(record) {
		if only != nil && !only[name] {
			rest[name] = record[name]
			continue
		}
		back[name] = true
		if n.backByRestart(name, record) {
			again = true
			continue
		}
		commands = append(commands, command{"CONFIG", "SET", name, record[name]})
	}
	have, err := readDropIn(ctx, p)
	if err != nil {
		return err
	}
	mine := slices.DeleteFunc(slices.Clone(have), func(s conf.Setting) bool { return !back[s.Name] })
	if err := takeBack(ctx, p, mine, record, false); err != nil {
		return err
	}
	err = editDropIn(ctx, p, func(have []conf.Setting) []conf.Setting {
		return without(have, func(s conf.Setting) bool { return back[s.Name] })
	})
	if err != nil {
		return err
	}
	if len(commands) > 0 {
		if _, err := change(ctx, p, "put the settings back", commands...); err != nil {
			return err
		}
	}
	if again && restart {
		if again, err = differs(ctx, p, back, record); err != nil {
			return err
		}
	}
	if again && restart {
		if err := restartPrimary(ctx, p, report); err != nil {
			return err
		}
	}
	if len(rest) > 0 {
		return replica.PutState(ctx, p.Node.Runner, savedFile(p), rest)
	}
	if err := dropCertificates(ctx, p); err != nil {
		return err
	}
	return replica.DropState(ctx, p.Node.Runner, savedFile(p))
}

// differs tells whether the running server has other values than noted for what only a restart puts back: one that never began
// to use Belt's need not restart.
func differs(ctx context.Context, p replication.Facts, back map[string]bool, record saved) (bool, error) {
	n := nativeOf(p)
	var names []string
	var commands []command
	for _, name := range orderedBack(record) {
		if back[name] && n.backByRestart(name, record) {
			names = append(names, name)
			commands = append(commands, command{"CONFIG", "GET", name})
		}
	}
	replies, err := ask(ctx, p, "look at the settings in force", commands...)
	if err != nil {
		return false, err
	}
	for i, name := range names {
		if replies[i].Pairs()[name] != record[name] {
			return true, nil
		}
	}
	return false, nil
}

// backByRestart tells whether a running server does not put the setting back. Where it does not close its TLS port, it does
// not let that port's certificates go either (seen with 6.0.16: "Unable to update TLS configuration").
func (n *native) backByRestart(name string, record saved) bool {
	if n.can(listensAnew) {
		return false
	}
	_, port := record["tls-port"]
	return name == "bind" || port && strings.HasPrefix(name, "tls-")
}

// orderedBack puts what uses TLS first: a server that uses it does not let its certificates go.
func orderedBack(record saved) []string {
	names := slices.Sorted(maps.Keys(record))
	slices.SortStableFunc(names, func(a, b string) int { return usesTLS(b) - usesTLS(a) })
	return names
}

func usesTLS(name string) int {
	if name == "tls-port" || name == "tls-replication" {
		return 1
	}
	return 0
}
