package ops

import (
	"context"

	steps "github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// RestoreOptions say which backup takes the place of which server's data.
type RestoreOptions struct {
	Change
	Target string
	ID     string // empty: the newest
	Server string
}

// BackupRestore puts a backup in the place of a server's data, which is kept aside.
func BackupRestore(ctx context.Context, s *Session, o RestoreOptions) (Result, error) {
	result := NewResult(steps.CommandRestore, o.Target)
	v, err := s.kept(o.Target, &result)
	if err != nil {
		return result, err
	}
	if o.Server == "" {
		return result, usage("it may be any server of "+v.target.App.Name+" with the engine on it", "say into which server: --server NAME")
	}
	node, err := v.member(o.Server)
	if err != nil {
		return result, err
	}
	m, err := v.find(ctx, o.ID)
	if err != nil {
		return result, err
	}
	identity, err := v.secret(m)
	if err != nil {
		return result, err
	}
	if err := v.ask(ctx); err != nil {
		return result, err
	}
	var stream *transfer.Stream // once it was begun
	c := change{
		Change: o.Change, command: steps.CommandRestore, group: v.group, targets: []replication.Node{node}, primaryless: true,
		options: replication.Options{SkipChecks: o.SkipChecks},
	}
	c.plan = func(req replication.Request) (plan.Plan, error) {
		on := req.Targets[0]
		prepared := func(ctx context.Context, into replication.RebuildTool, folder string) (transfer.Stream, error) {
			if stream == nil {
				fetched, err := v.fetch(ctx, "restore", m, on, into, folder, identity)
				if err != nil {
					return transfer.Stream{}, err
				}
				stream = &fetched
			}
			return *stream, nil
		}
		return v.engine.PlanRestore(replication.RestoreRequest{
			Request: req, ID: m.ID, Method: m.Method, Version: m.EngineVersion, Position: m.Position, Bytes: m.DataBytes, From: v.label,
			Fetch: func(ctx context.Context, into replication.RebuildTool, folder string, report plan.Progress) error {
				one, err := prepared(ctx, into, folder)
				if err != nil {
					return err
				}
				// A copy that was cut off begins anew: the tool that takes it cannot go on in the middle.
				if err := s.Streams.Stop(ctx, one); err != nil {
					return err
				}
				return s.Streams.Run(ctx, one, report)
			},
			Drop: func(ctx context.Context) error {
				if stream == nil {
					return nil
				}
				return s.Streams.Stop(ctx, *stream)
			},
		})
	}
	result, err = s.apply(ctx, c)
	if err == nil && !o.DryRun {
		result.Backup = &m
	}
	return result, err
}
