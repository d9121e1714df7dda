package ops

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/dbbelt/belt/internal/backup"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// BackupOptions say what is backed up.
type BackupOptions struct {
	Change
	Target  string
	Source  string // the server it is taken from; empty: a replica that is in sync, else the primary
	To      string // a file on this machine, instead of the server of the backups
	MaxRate int64  // bytes per second
}

const backupCreateCommand = "db backup create"

// BackupCreate takes a backup.
func BackupCreate(ctx context.Context, s *Session, o BackupOptions) (Result, error) {
	result := NewResult(backupCreateCommand, o.Target)
	find := s.kept
	if o.To != "" {
		find = s.vault
	}
	v, err := find(o.Target, &result)
	if err != nil {
		return result, err
	}
	t, err := v.inspected(ctx)
	if err != nil {
		return result, err
	}
	source, role, note, err := v.source(t, o.Source)
	if err != nil {
		return result, err
	}
	if note != "" && !o.DryRun {
		s.Screen.Note(note)
	}
	tool, err := v.engine.Backup(source)
	if err != nil {
		return result, declined(err)
	}
	b := &taking{
		vault: v, o: o, source: source, tool: tool,
		m: backup.Manifest{
			Version: 1, ID: backup.NewID(time.Now()), App: v.target.App.Name, Database: v.target.Database.Name, Engine: v.target.Database.Engine,
			EngineVersion: source.Version, Method: tool.Method, Source: source.Node.Server, Role: role, DataBytes: tool.Bytes,
			Compression: "zstd", Recipient: v.at.Recipient, Arch: source.Host.Arch,
		},
	}
	if o.To != "" {
		return result, b.toFile(ctx, &result, note)
	}
	if err := v.ask(ctx); err != nil {
		return result, err
	}
	p, err := b.plan(ctx, note)
	if err != nil {
		return result, err
	}
	if err := v.run(ctx, o.Change, p, &result, source.Node); err != nil || o.DryRun {
		return result, err
	}
	result.Backup = &b.m
	return result, nil
}

// taking is one backup in the making.
type taking struct {
	*vault
	o      BackupOptions
	source replication.Facts
	tool   replication.BackupTool
	m      backup.Manifest
	stream transfer.Stream
}

// plan is what is done: the stream, the manifest, and what is no longer kept.
func (b *taking) plan(ctx context.Context, note string) (plan.Plan, error) {
	way, err := b.path(ctx, b.source.Node, b.source.Host.Arch, true)
	if err != nil {
		return plan.Plan{}, err
	}
	b.stream = transfer.Stream{
		ID: b.streamID("create"), Title: "back up " + b.target.String() + " from " + b.source.Node.Label, Path: way,
		MaxRate: b.o.MaxRate, Compress: transfer.Never, To: b.store.Receive(b.m.ID, b.arch),
		From: transfer.End{
			Runner: b.source.Node.Runner, Arch: b.source.Host.Arch, As: b.tool.As, Script: packed, Args: b.tool.Args, Secrets: b.tool.Secrets,
			Files: map[string][]byte{"backup": []byte(noProgress + b.tool.Script), "recipient": []byte(b.m.Recipient)},
		},
	}
	all, unfinished, err := b.store.List(ctx)
	if err != nil {
		return plan.Plan{}, err
	}
	p := plan.Plan{
		Command: backupCreateCommand, Target: b.target.String(), Estimate: plan.Estimate{Bytes: b.tool.Bytes},
		Checks: []plan.Check{b.room()}, Steps: []plan.Step{b.copy(), b.complete()},
		Notes: []string{"the backup goes " + way.Describe(b.source.Node.Label, b.label)},
	}
	if note != "" {
		p.Notes = append(p.Notes, note)
	}
	if way.Detail != "" {
		p.Notes = append(p.Notes, way.Detail)
	}
	expired := backup.Expired(append(all, backup.Manifest{ID: b.m.ID, Started: time.Now()}), b.at.Keep, b.at.KeepDays, time.Now())
	if len(expired)+len(unfinished) > 0 {
		p.Steps = append(p.Steps, b.expire(expired, unfinished))
	}
	return p, nil
}

// room is whether the backup is likely to fit; how far it can be compressed is not known.
func (b *taking) room() plan.Check {
	c := plan.Check{Name: "disk", Server: b.label, OK: b.free > b.tool.Bytes, Warning: b.free > b.tool.Bytes/4,
		Detail: fmt.Sprintf("%s are free in %s, the data is about %s before compression", humanize.Bytes(uint64(max(b.free, 0))), b.at.Directory, humanize.Bytes(uint64(max(b.tool.Bytes, 0))))}
	if c.OK {
		c.Warning = false
	} else {
		c.Hint = "make room, or keep fewer backups"
	}
	return c
}

func (b *taking) copy() plan.Step {
	folder := b.store.Dir + "/" + b.m.ID
	how := "zstd"
	if b.m.Recipient != "" {
		how += " | age -r " + b.m.Recipient
	}
	return plan.Step{
		ID: "backup." + b.source.Node.Label, Server: b.source.Node.Label, Title: "write a backup to " + b.label,
		Commands: []string{strings.Join(b.tool.Commands, " && ") + " | " + how, "on " + b.label + ": cat >" + folder + "/data"},
		Do: func(ctx context.Context, report plan.Progress) error {
			// What a killed run left is of no use: a stream cannot be begun in the middle of a tool's work.
			if err := b.s.Streams.Stop(ctx, b.stream); err != nil {
				return err
			}
			b.m.Started = time.Now().UTC().Truncate(time.Second)
			if err := b.s.Streams.Run(ctx, b.stream, report); err != nil {
				return err
			}
			position, err := b.s.Streams.Read(ctx, b.stream, true, "position")
			if err != nil {
				return err
			}
			stored, err := b.s.Streams.Read(ctx, b.stream, false, "result")
			if err != nil {
				return err
			}
			b.m.Position = firstOf(position, b.source.Position)
			if b.m.Bytes, b.m.SHA256, err = backup.ParseResult(stored); err != nil {
				return fmt.Errorf("%s: %w", b.label, err)
			}
			b.m.Ended = time.Now().UTC().Truncate(time.Second)
			return b.s.Streams.Stop(ctx, b.stream)
		},
		Undo: plan.Undoable("stop it and delete what arrived", func(ctx context.Context, _ plan.Progress) error {
			if err := b.s.Streams.Stop(ctx, b.stream); err != nil {
				return err
			}
			return b.store.Remove(ctx, b.m.ID)
		}),
	}
}

func (b *taking) complete() plan.Step {
	return plan.Step{
		ID: "manifest." + b.label, Server: b.label, Title: "write its manifest", Commands: []string{"write " + b.store.Dir + "/" + b.m.ID + "/manifest.json"},
		Do:   func(ctx context.Context, _ plan.Progress) error { return b.store.Complete(ctx, b.m) },
		Undo: plan.Undoable("delete the backup", func(ctx context.Context, _ plan.Progress) error { return b.store.Remove(ctx, b.m.ID) }),
	}
}

// expire deletes what is no longer kept, and what is left of backups that did not end.
func (b *taking) expire(expired []backup.Manifest, unfinished []string) plan.Step {
	ids := append([]string{}, unfinished...)
	var names []string
	for _, m := range expired {
		ids = append(ids, m.ID)
		names = append(names, m.ID)
	}
	s := plan.Step{
		ID: "expire." + b.label, Server: b.label, Title: "delete " + count(len(ids), "backup") + " that are no longer kept",
		Commands: []string{"rm -rf " + strings.Join(ids, " ")},
		Do:       func(ctx context.Context, _ plan.Progress) error { return b.store.Remove(ctx, ids...) },
		Undo:     plan.Permanent("they are deleted"),
	}
	if len(names) > 0 {
		s.Destroys = "the backups " + strings.Join(names, ", ")
	}
	return s
}
