package postgresql

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

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

// methodBase is a base backup as one tar archive, with its WAL.
const methodBase = "pg_basebackup"

// Backup streams a base backup.
func (e *Engine) Backup(source replication.Facts) (replication.BackupTool, error) {
	n := nativeOf(source)
	if len(n.Tablespaces) > 0 {
		return replication.BackupTool{}, fmt.Errorf("%s: its tablespace %s lies in %s: pg_basebackup writes one stream only where there is no tablespace of its own",
			source.Node.Label, n.Tablespaces[0].Name, n.Tablespaces[0].Path)
	}
	if source.Node.Settings.AdminUser != "" {
		return replication.BackupTool{}, fmt.Errorf("%s: a backup logs in as %s through the socket, not with the account of admin: in belt.yaml", source.Node.Label, n.Owner)
	}
	return replication.BackupTool{
		Method: methodBase, As: n.Owner, Script: backupScript, Bytes: n.used(),
		Args:     []string{n.BinDir, n.SocketDir, strconv.Itoa(n.Port)},
		Commands: []string{"pg_basebackup -D - -Ft -X fetch -c fast --manifest-checksums=SHA256"},
	}, nil
}

// Rebuild makes a data folder of a base backup.
func (e *Engine) Rebuild(on replication.Facts, method string) (replication.RebuildTool, error) {
	n := nativeOf(on)
	if method != methodBase {
		return replication.RebuildTool{}, fmt.Errorf("the backup was made by %s, which this belt does not know for PostgreSQL", method)
	}
	tool := replication.RebuildTool{
		As: n.Owner, Extract: extractScript, ExtractArgs: []string{n.BinDir}, Check: tryoutScript, CheckArgs: []string{n.BinDir}, Beside: n.DataDir,
		Commands: []string{"tar -x", "pg_verifybackup"},
	}
	if n.survey != nil {
		tool.Free = n.survey.FreeBytes
	}
	return tool, nil
}

// PlanRestore puts a base backup in the place of the data folder.
func (e *Engine) PlanRestore(req replication.RestoreRequest) (plan.Plan, error) {
	target := req.Targets[0]
	n := nativeOf(target)
	into, err := e.Rebuild(target, req.Method)
	if err != nil {
		return plan.Plan{}, err
	}
	r := replica.Restore{
		Request: req, Instance: instanceOf(target), Name: replicaName(target.Node), Into: into, Room: into.Free, Used: n.used(),
		Swap: replica.Swap{Guard: restoreGuard, Args: []string{n.BinDir}},
	}
	r.Started = func(ctx context.Context, _ plan.Progress) error {
		return change(ctx, target, "drop the roles of replicas", dropCopiedRoles) // of those that there were when the backup was taken
	}
	major, _, _ := strings.Cut(req.Version, ".")
	r.Check("version", strconv.Itoa(n.Version) == major, "take a server with PostgreSQL "+major,
		"the backup is of %s, the server has %s", req.Version, target.Version)
	r.Check("tablespaces", len(n.Tablespaces) == 0, "", "the server has %d tablespaces of its own", len(n.Tablespaces))
	return r.Plan()
}

// restoreGuard defines when the new folder may take the old one's place.
const restoreGuard = `ready() { [ -s "$new/PG_VERSION" ] && [ -s "$new/global/pg_control" ] || fail "there is no whole data folder in $new"; }
stopped() {
	pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 0
	case $(cat "/proc/$pid/comm" 2>/dev/null) in postgres | postmaster) fail "PostgreSQL still runs in $data" ;; esac
}
`
