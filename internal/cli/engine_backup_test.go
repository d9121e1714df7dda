package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Backup writes the toy's whole state.
func (toy) Backup(source replication.Facts) (replication.BackupTool, error) {
	return replication.BackupTool{Method: "toy", Script: `cat "$1" && echo 42 >position`, Args: []string{"/db.json"}, Bytes: 10, Commands: []string{"cat /db.json"}}, nil
}

func (toy) Rebuild(on replication.Facts, _ string) (replication.RebuildTool, error) {
	return replication.RebuildTool{
		Extract: `cat >"$1/db.json"`, Check: `root=${PWD%/var/lib/belt/*}; grep -q '"role":"[a-z]*"' "$root$1/db.json" || { echo 'it is no toy' >&2; exit 1; }; echo rows=10`,
		Beside: "/toy",
	}, nil
}

func (e toy) PlanRestore(req replication.RestoreRequest) (plan.Plan, error) {
	t := req.Targets[0]
	into, _ := e.Rebuild(t, "")
	s := becomes(t, "swap", "put it in place", instance{Role: "standalone", Kept: true})
	fetch := plan.Step{
		ID: "fetch." + t.Node.Label, Server: t.Node.Label, Title: "restore backup " + req.ID,
		Do: func(ctx context.Context, report plan.Progress) error {
			if _, err := t.Node.Runner.Run(ctx, remote.Command{Title: "make a folder", Script: `mkdir -p "$1"`, Args: []string{"/toy.belt-new"}}); err != nil {
				return err
			}
			return req.Fetch(ctx, into, "/toy.belt-new", report)
		},
		Undo: plan.Undoable("delete it", func(ctx context.Context, _ plan.Progress) error {
			_, err := t.Node.Runner.Run(ctx, remote.Command{Title: "delete it", Script: `rm -rf "$1"`, Args: []string{"/toy.belt-new"}})
			return errors.Join(err, req.Drop(ctx))
		}),
	}
	return plan.Plan{Command: req.Command, Target: req.Topology.Target, Steps: []plan.Step{fetch, s},
		Checks: []plan.Check{{Name: "role", Server: t.Node.Label, OK: !t.Replica, Vital: true, Detail: "it is a replica"}}}, nil
}

// pipes move streams as the pretended servers do: script by script, through a file. The mover's programs are cat.
type pipes struct{ dir string }

func (pipes) Probe(context.Context, transfer.Place, transfer.Place) (transfer.Path, error) {
	return transfer.Path{Way: transfer.ToPush, Address: "10.0.0.9"}, nil
}

func (p pipes) Run(ctx context.Context, s transfer.Stream, report plan.Progress) error {
	through := filepath.Join(p.dir, "stream")
	send, take := filepath.Join(p.dir, "send"), filepath.Join(p.dir, "take")
	if err := p.end(ctx, s.From, send, ">"+through); err != nil {
		return err
	}
	report(1, 1, "")
	return p.end(ctx, s.To, take, "<"+through)
}

// end runs one end's script in a folder of its own, with its files in it.
func (p pipes) end(ctx context.Context, e transfer.End, dir, flow string) error {
	script := "set -e\nrm -rf " + dir + "; mkdir -p " + dir + "\ncd " + dir + "\nexport BELT_FILES=" + dir + "\n" +
		"printf '#!/bin/sh\\nexec cat\\n' >mover; chmod 755 mover\n"
	for name, data := range e.Files {
		script += fmt.Sprintf("cat >%s <<'%s'\n%s\n%s\n", name, "END_OF_FILE", strings.TrimSuffix(string(data), "\n"), "END_OF_FILE")
	}
	script += fmt.Sprintf("cat >script <<'%s'\n%s\n%s\n/bin/sh script \"$@\" %s\n", "END_OF_SCRIPT", e.Script, "END_OF_SCRIPT", flow)
	_, err := e.Runner.Run(ctx, remote.Command{Title: "move a stream", Script: script, Args: e.Args})
	return err
}

func (pipes) Stop(context.Context, transfer.Stream) error { return nil }

func (p pipes) Read(ctx context.Context, s transfer.Stream, sender bool, name string) (string, error) {
	dir, e := "take", s.To
	if sender {
		dir, e = "send", s.From
	}
	result, err := e.Runner.Run(ctx, remote.Command{Title: "read it", Script: "cat " + filepath.Join(p.dir, dir, name)})
	return strings.TrimSpace(result.Stdout), err
}
