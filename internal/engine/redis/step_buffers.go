package redis

import (
	"context"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// buffersFile is the note on the primary of what its settings were before they were raised for a copy.
func buffersFile(p replication.Facts) string { return instance(p).StateFile("buffers") }

// raise makes the primary hold its changes for as long as the copy takes. The settings are changed in the running server
// only: a restart has the old ones. How large they get depends on what is written, so the plan names no numbers.
func raise(req replication.Request, adopt bool) plan.Step {
	p := *req.Topology.Primary
	change, names := syncSettings(req), syncNames(req)
	return plan.Step{
		ID: "buffers", Server: p.Node.Label, Title: "raise the buffers for the time of the copy", Adopt: adopt,
		Commands: []string{"CONFIG SET " + strings.Join(names, ", ") + "   # in memory only: sized by what is written"},
		Do:       func(ctx context.Context, _ plan.Progress) error { return raiseBuffers(ctx, p, change) },
		Undo: plan.Undoable("put the buffers back", func(ctx context.Context, _ plan.Progress) error {
			return lowerBuffers(ctx, p)
		}),
	}
}

// syncNames are the settings that a copy may need others of, whatever they are now.
func syncNames(req replication.Request) []string {
	n := nativeOf(*req.Topology.Primary)
	names := []string{"client-output-buffer-limit", "repl-backlog-size", "repl-diskless-sync"}
	if n.can(waitsForReplicas) {
		return append(names, "repl-diskless-sync-max-replicas")
	}
	return append(names, "repl-diskless-sync-delay")
}

func raiseBuffers(ctx context.Context, p replication.Facts, list []settingChange) error {
	record := saved{}
	// What an unfinished run noted is older, and so what has to come back.
	if err := replica.ReadState(ctx, p.Node.Runner, "read the noted buffers", buffersFile(p), &record); err != nil {
		return err
	}
	var commands []command
	for _, s := range list {
		if _, noted := record[s.name]; !noted {
			record[s.name] = s.from
		}
		commands = append(commands, command{"CONFIG", "SET", s.name, s.to})
	}
	if err := replica.PutState(ctx, p.Node.Runner, buffersFile(p), record); err != nil {
		return err
	}
	if len(commands) == 0 {
		return nil
	}
	_, err := change(ctx, p, "raise the buffers", commands...)
	return err
}

// lower puts the buffers back once all copies are made.
func lower(p replication.Facts, names []string) plan.Step {
	return plan.Step{
		ID: "lower", Server: p.Node.Label, Title: "put the buffers back", Commands: []string{"CONFIG SET " + strings.Join(names, ", ") + "   # as before"},
		Do:   func(ctx context.Context, _ plan.Progress) error { return lowerBuffers(ctx, p) },
		Undo: plan.NoEffect("nothing: they are what they were before"),
	}
}

func lowerBuffers(ctx context.Context, p replication.Facts) error {
	record := saved{}
	if err := replica.ReadState(ctx, p.Node.Runner, "read the noted buffers", buffersFile(p), &record); err != nil {
		return err
	}
	var commands []command
	for _, name := range orderedBack(record) {
		commands = append(commands, command{"CONFIG", "SET", name, record[name]})
	}
	if len(commands) > 0 {
		if _, err := change(ctx, p, "put the buffers back", commands...); err != nil {
			return err
		}
	}
	return replica.DropState(ctx, p.Node.Runner, buffersFile(p))
}

// lowerLeft puts buffers back that a run which was cut off left raised.
func lowerLeft(p replication.Facts) (plan.Step, bool) {
	n := nativeOf(p)
	if n.Buffers == "" {
		return plan.Step{}, false
	}
	s := lower(p, []string{"client-output-buffer-limit", "…"})
	s.ID, s.Title = "buffers", "put the buffers back that an unfinished run raised"
	s.Done = func(ctx context.Context) (bool, error) {
		there, err := instance(p).Seen(ctx, buffersFile(p))
		return !there, err
	}
	return s, true
}
