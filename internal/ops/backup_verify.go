package ops

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/backup"
	"github.com/dbbelt/belt/internal/job"
	steps "github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// BackupsDocument is the answer of `belt db backup list`.
type BackupsDocument struct {
	Version    int               `json:"version"`
	Target     string            `json:"target"`
	Server     string            `json:"server"`
	Directory  string            `json:"directory"`
	Backups    []backup.Manifest `json:"backups"`
	Unfinished []string          `json:"unfinished"`
}

// BackupList lists a database's backups, the oldest first.
func BackupList(ctx context.Context, s *Session, target string) (BackupsDocument, error) {
	doc := BackupsDocument{Version: 1, Backups: []backup.Manifest{}, Unfinished: []string{}}
	var result Result
	v, err := s.kept(target, &result)
	if err != nil {
		return doc, err
	}
	doc.Target, doc.Server, doc.Directory = v.target.String(), v.label, v.store.Dir
	v.store.Runner = remote.Guard(v.store.Runner)
	all, unfinished, err := v.store.List(ctx)
	doc.Backups, doc.Unfinished = append(doc.Backups, all...), append(doc.Unfinished, unfinished...)
	return doc, err
}

// BackupVerifyOptions say which backup is tried out, and where.
type BackupVerifyOptions struct {
	Change
	Target string
	ID     string // empty: the newest
	Server string // empty: a replica, else the primary
}

// BackupVerification is the answer of `belt db backup verify`.
type BackupVerification struct {
	Version int               `json:"version"`
	Target  string            `json:"target"`
	Backup  backup.Manifest   `json:"backup"`
	Server  string            `json:"server"`
	OK      bool              `json:"ok"`
	Found   map[string]string `json:"found"`
	Problem string            `json:"problem"`
}

const backupVerifyCommand = "db backup verify"

// BackupVerify restores a backup into a scratch instance, starts that, and reads all that it has. The error is an
// *[Unhealthy] when the backup is not what it should be.
func BackupVerify(ctx context.Context, s *Session, o BackupVerifyOptions) (BackupVerification, error) {
	doc := BackupVerification{Version: 1, Target: o.Target, Found: map[string]string{}}
	result := NewResult(backupVerifyCommand, o.Target)
	v, err := s.kept(o.Target, &result)
	if err != nil {
		return doc, err
	}
	doc.Target = v.target.String()
	if doc.Backup, err = v.find(ctx, o.ID); err != nil {
		return doc, err
	}
	if err := v.ask(ctx); err != nil {
		return doc, err
	}
	on, err := v.bench(ctx, o.Server)
	if err != nil {
		return doc, err
	}
	doc.Server = on.Node.Label
	into, err := v.engine.Rebuild(on, doc.Backup.Method)
	if err != nil {
		return doc, declined(err)
	}
	identity, err := v.secret(doc.Backup)
	if err != nil {
		return doc, err
	}
	t := &trial{vault: v, m: doc.Backup, on: on, into: into, identity: identity, found: doc.Found}
	err = v.run(ctx, o.Change, t.plan(), &result, on.Node)
	if failed, bad := errors.AsType[*job.FailedError](err); bad && failed.State == job.Failed && !isDetached(err) {
		doc.Problem = failed.Error()
		return doc, &Unhealthy{Text: fmt.Sprintf("backup %s cannot be relied on: %s", doc.Backup.ID, doc.Problem), Fix: "take a new one: belt db backup create " + doc.Target}
	}
	doc.OK = err == nil
	return doc, err
}

func isDetached(err error) bool {
	_, ok := errors.AsType[*plan.Detached](err)
	return ok
}

// bench is the server on which a backup is tried out: the one named, else a replica, else the primary, which is told.
func (v *vault) bench(ctx context.Context, name string) (replication.Facts, error) {
	if name != "" {
		if _, err := v.member(name); err != nil {
			return replication.Facts{}, err
		}
	}
	t, err := v.inspected(ctx)
	if err != nil {
		return replication.Facts{}, err
	}
	var candidates []replication.Facts
	for _, r := range t.Replicas {
		candidates = append(candidates, r.Facts)
	}
	candidates = append(candidates, t.Standalone...)
	if t.Primary != nil {
		candidates = append(candidates, *t.Primary)
	}
	for _, f := range candidates {
		if f.Err != nil || !f.Installed || name != "" && f.Node.Server != name && f.Node.Label != name {
			continue
		}
		if name == "" && t.Primary != nil && f.Node.Same(t.Primary.Node) {
			v.s.Screen.Note(fmt.Sprintf("there is no other server with %s: the backup is tried out on the primary, %s", v.target.Database.Engine, f.Node.Label))
		}
		if known, ok := v.group.byKey(f.Node.Key()); ok {
			f.Node = known
		}
		return f, nil
	}
	return replication.Facts{}, refuse("belt db status "+t.Target, "%s has no server with the engine on it to try the backup out on", firstOf(name, t.Target))
}

// trial is a backup being tried out.
type trial struct {
	*vault
	m        backup.Manifest
	on       replication.Facts
	into     replication.RebuildTool
	identity []byte
	found    map[string]string
}

func (t *trial) folder() string { return t.into.Beside + ".belt-verify" }
func (t *trial) jobID() string  { return t.streamID("tryout") }

func (t *trial) plan() plan.Plan {
	p := plan.Plan{
		Command: backupVerifyCommand, Target: t.target.String(), Estimate: plan.Estimate{Bytes: t.m.DataBytes},
		Steps: []plan.Step{t.fetchStep(), t.tryout()},
		Notes: []string{"nothing that is in use is touched: " + t.on.Node.Label + " keeps its data, and the scratch instance is deleted at the end"},
	}
	if need := int64(1.1 * float64(t.m.DataBytes)); t.into.Free > 0 {
		c := plan.Check{Name: "disk", Server: t.on.Node.Label, OK: t.into.Free > need, Detail: fmt.Sprintf("needs %s, has %s", steps.Size(need), steps.Size(t.into.Free))}
		if !c.OK {
			c.Hint = "name another server with --server"
		}
		p.Checks = append(p.Checks, c)
	}
	return p
}

func (t *trial) fetchStep() plan.Step {
	label := t.on.Node.Label
	return plan.Step{
		ID: "scratch." + label, Server: label, Title: "restore backup " + t.m.ID + " into a scratch folder", Commands: append([]string{"mkdir " + t.folder()}, t.into.Commands...),
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := t.clean(ctx); err != nil { // of a run that was killed
				return err
			}
			if err := t.run1(ctx, "make the scratch folder", `install -d -m 0700 -o "$2" -g "$(id -gn "$2")" "$1"`, t.folder(), firstOf(t.into.As, "root")); err != nil {
				return err
			}
			stream, err := t.fetch(ctx, "verify", t.m, t.on, t.into, t.folder(), t.identity)
			if err != nil {
				return err
			}
			if err := t.s.Streams.Run(ctx, stream, report); err != nil {
				return errors.Join(err, t.s.Streams.Stop(context.WithoutCancel(ctx), stream))
			}
			return t.s.Streams.Stop(ctx, stream)
		},
		Undo: plan.Undoable("delete it", func(ctx context.Context, _ plan.Progress) error { return t.clean(ctx) }),
	}
}

func (t *trial) run1(ctx context.Context, title, script string, args ...string) error {
	_, err := t.on.Node.Runner.Run(ctx, steps.AsRoot(title, script, args...))
	return err
}

// clean deletes the scratch folder, with what still runs on it.
func (t *trial) clean(ctx context.Context) error {
	if err := job.At(t.on.Node.Runner, t.jobID()).Remove(ctx); err != nil {
		return err
	}
	return t.run1(ctx, "delete the scratch folder", `rm -rf -- "$1" "$1.complete"`, t.folder())
}

func (t *trial) tryout() plan.Step {
	label := t.on.Node.Label
	return plan.Step{
		ID: "tryout." + label, Server: label, Title: "start an instance on it and read all that it has", Commands: []string{"a scratch instance on " + t.folder()},
		Do: func(ctx context.Context, report plan.Progress) error {
			j, err := job.Start(ctx, t.on.Node.Runner, job.Spec{
				ID: t.jobID(), Title: "try out backup " + t.m.ID, As: t.into.As,
				Script: "out=$PWD/found\n(\n" + t.into.Check + "\n) >\"$out\"", Args: append([]string{t.folder()}, t.into.CheckArgs...),
			})
			if err != nil {
				return err
			}
			if err := j.Follow(ctx, report); err != nil {
				return err
			}
			result, err := t.on.Node.Runner.Run(ctx, steps.Look("read what was found", `cat "$1"`, path.Join(j.Dir(), "work", "found")))
			if err != nil {
				return err
			}
			for line := range strings.Lines(result.Stdout) {
				if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
					t.found[name] = value
				}
			}
			return t.clean(ctx)
		},
		Undo: plan.NoEffect("nothing: the instance is gone when it ends"),
	}
}

// Names are the names of what was found, in order.
func (v BackupVerification) Names() []string {
	var names []string
	for name := range v.Found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Summary says in a line what was found.
func (v BackupVerification) Summary() string { return shortly(v.Found, v.Names()) }
