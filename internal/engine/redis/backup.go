package redis

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"time"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed scripts/backup.sh
	backupScript string
	//go:embed scripts/extract.sh
	extractScript string
	//go:embed scripts/tryout.sh
	tryoutScript string
)

// methodSnapshot is the file that BGSAVE writes.
const methodSnapshot = "bgsave"

// Backup streams a snapshot.
func (e *Engine) Backup(source replication.Facts) (replication.BackupTool, error) {
	n, p := nativeOf(source), talkTo(source)
	login, err := p.Login()
	if err != nil {
		return replication.BackupTool{}, fmt.Errorf("%s: %w", source.Node.Label, err)
	}
	tls := "plain"
	if p.TLS {
		tls = "tls"
	}
	own := func(name string) string {
		if renamed, ok := p.Renamed[name]; ok {
			return renamed
		}
		return name
	}
	return replication.BackupTool{
		Method: methodSnapshot, Script: talk.ConfScript + talk.LoginScript + backupScript, Bytes: n.bytes(),
		Args: []string{p.Client, p.Config, p.Socket, p.Host, strconv.Itoa(p.Port), tls, p.Authority, p.Cert, p.Key,
			path.Join(n.Dir, n.files()[0]), own("bgsave"), own("info")},
		Secrets:  map[string][]byte{"login": []byte(login)},
		Commands: []string{"BGSAVE", "cat " + path.Join(n.Dir, n.files()[0])},
	}, nil
}

// Rebuild makes an instance's files of a snapshot.
func (e *Engine) Rebuild(on replication.Facts, method string) (replication.RebuildTool, error) {
	n := nativeOf(on)
	if method != methodSnapshot {
		return replication.RebuildTool{}, fmt.Errorf("the backup was made by %s, which this belt does not know for %s", method, product(n.flavour))
	}
	aof, folder, file := "none", "appendonlydir", "appendonly.aof"
	if v := n.Settings["appendfilename"]; v != "" {
		file = v
	}
	if n.logsChanges() {
		aof = "file"
		if n.can(foldersAOF) {
			aof, folder = "folder", n.files()[1]
		}
	}
	databases := n.Settings["databases"]
	if databases == "" {
		databases = "16"
	}
	tool := replication.RebuildTool{
		Extract: extractScript, ExtractArgs: []string{n.files()[0], aof, folder, file, n.Owner},
		Check: tryoutScript, CheckArgs: []string{n.Program, n.Client, n.Owner, n.files()[0], databases},
		Beside: n.data(), Commands: []string{"cat >" + n.files()[0]},
	}
	if n.survey != nil {
		tool.Free = n.survey.Free
	}
	return tool, nil
}

// PlanRestore puts a snapshot in the place of an instance's data.
func (e *Engine) PlanRestore(req replication.RestoreRequest) (plan.Plan, error) {
	target := req.Targets[0]
	n := nativeOf(target)
	into, err := e.Rebuild(target, req.Method)
	if err != nil {
		return plan.Plan{}, err
	}
	r := replica.Restore{
		Request: req, Instance: instance(target), Name: replicaName(target.Node), Into: into, Room: into.Free, Used: instance(target).Used,
		Moves: &replica.Moves{Functions: moveScript, Args: n.files()},
	}
	r.Change = func(m replica.Making) plan.Step { return restoredAside(m, target) }
	r.Check("version", !older(target.Version, req.Version), "take a server with "+product(n.flavour)+" "+series(req.Version)+" or later",
		"the backup is of %s, the server has %s", req.Version, target.Version)
	return r.Plan()
}

// older tells whether version a is of an earlier series than b: it may not know how b writes its snapshots.
func older(a, b string) bool {
	var x, y [2]int
	_, _ = fmt.Sscanf(a, "%d.%d", &x[0], &x[1])
	_, _ = fmt.Sscanf(b, "%d.%d", &y[0], &y[1])
	return x[0] < y[0] || x[0] == y[0] && x[1] < y[1]
}

// restoredAside keeps the old data aside and puts the restored files in its place.
func restoredAside(m replica.Making, target replication.Facts) plan.Step {
	n := nativeOf(target)
	return m.Step(plan.Step{
		ID: "swap", Server: m.To(), Title: "put the backup in place of the old data", Done: m.Swapped,
		Commands: []string{"SAVE", "systemctl stop " + n.Unit, "mv the data to " + m.OldDir(), "mv " + m.NewDir() + "/* " + n.Dir},
		Disrupts: fmt.Sprintf("%s is down from here until it has loaded the backup; its old data (%s) is kept in %s", m.To(), replica.Size(m.Target.Used), path.Base(m.OldDir())),
		Do: func(ctx context.Context, _ plan.Progress) error {
			note, err := json.Marshal(replica.Kept{
				Run: m.Run, Command: m.Command, Folder: m.OldDir(), Time: time.Now().UTC().Format(time.RFC3339), Running: m.Ran, Bytes: m.Target.Used,
			})
			if err != nil {
				return err
			}
			if target.Running && !n.logsChanges() && answers(ctx, target) == nil {
				if _, err := change(ctx, target, "save the old data", command{"SAVE"}); err != nil {
					return err
				}
			}
			args := append([]string{n.data(), m.OldDir(), n.Unit, string(note)}, n.files()...)
			if _, err := target.Node.Runner.Run(ctx, replica.AsRoot("keep the old data aside", failFunction+moveScript+asideScript, args...)); err != nil {
				return err
			}
			args = append([]string{m.NewDir(), n.data(), m.SwappedFile(), m.Run}, n.files()...)
			_, err = target.Node.Runner.Run(ctx, replica.AsRoot("put the backup in place", moveScript+restoreScript, args...))
			return err
		},
		Undo: plan.Undoable("put the old data back and start it", func(ctx context.Context, _ plan.Progress) error {
			if err := replica.DropState(ctx, target.Node.Runner, m.SwappedFile()); err != nil {
				return err
			}
			return m.PutBack(ctx, m.OldDir(), m.Ran)
		}),
	})
}

const restoreScript = `set -eu
new=$1 data=$2 note=$3 run=$4
shift 4
if [ -e "$new" ]; then move "$new" "$data" "$@"; fi
rm -f "$new.complete"
sync -f "${data%/*}"
install -d -m 0711 /var/lib/belt "$(dirname "$note")"
printf '%s\n' "$run" >"$note"
`
