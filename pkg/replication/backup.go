package replication

import (
	"context"

	"github.com/dbbelt/belt/pkg/plan"
)

// Backuper is an [Engine] whose data can be written to one stream, and made an instance of again. Its functions are pure.
type Backuper interface {
	// Backup is how the data of a running instance becomes a stream. The error says what its tool cannot do.
	Backup(source Facts) (BackupTool, error)
	// Rebuild is how such a stream becomes the data folder of an instance on a server that has the engine, and how a copy
	// of it is tried out. method is the one of the backup.
	Rebuild(on Facts, method string) (RebuildTool, error)
	// PlanRestore puts a backup in the place of an instance's data, which is kept aside.
	PlanRestore(RestoreRequest) (plan.Plan, error)
}

// BackupTool runs on the backup's source.
type BackupTool struct {
	Method string // by which the stream is read again: "pg_basebackup"
	As     string // the system user
	// Script writes the stream to stdout, with Args as $1, $2 …, and where in the stream of changes the data stands to the
	// file position in its current folder. It finds Secrets in $BELT_FILES. Only an exit code of 0 is success.
	Script   string
	Args     []string
	Secrets  map[string][]byte
	Bytes    int64    // about, of the stream
	Commands []string // for people
}

// RebuildTool runs on the server that a backup is tried out on, or restored to.
type RebuildTool struct {
	As string // the system user
	// Extract reads the stream from stdin and fills the folder $1, which is there and empty; ExtractArgs follow it.
	Extract     string
	ExtractArgs []string
	// Check starts an instance of its own on the folder $1, which no other one notices, reads all that it has, and prints
	// lines "name=value" of what it found; CheckArgs follow the folder. The instance is gone when it ends.
	Check     string
	CheckArgs []string
	Beside    string   // the data folder beside which there is room
	Free      int64    // bytes of that; 0 when it was not measured
	Commands  []string // for people
}

// RestoreRequest is what a restore is planned from.
type RestoreRequest struct {
	Request         // of one target; the topology's primary may be that target
	ID       string // of the backup: "20260301t020000z"
	Method   string // [BackupTool.Method]
	Version  string // of the engine that the backup is of: "15.4"
	Position string // where in the stream of changes the data stands, in the engine's notation; may be empty
	Bytes    int64  // of the data
	From     string // the label of the server that has the backup
	// Fetch streams the backup to the target's Extract into folder; Drop ends that and removes what it used.
	Fetch func(ctx context.Context, into RebuildTool, folder string, report plan.Progress) error
	Drop  func(ctx context.Context) error
}
