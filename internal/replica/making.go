package replica

import (
	"context"
	"path"
	"strings"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Making is one replica in the making: the two servers, and the names and places of what ties them.
type Making struct {
	Run     string // the id of the run, or of the unfinished one that is taken up
	Command string
	Primary Instance          // whom the target replicates from
	Top     replication.Facts // where data is changed: the primary, unless that is itself a replica
	Chained bool              // it is
	Target  Instance
	Link    replication.Link
	Options replication.Options
	Name    string // of what the primary holds for the replica
	Between bool   // encrypted and authenticated, as between apps
	Adopt   bool   // an unfinished run of the same command left its traces
	Ran     bool   // the instance ran on the target before the run, or before the one that is taken up

	// Moves is for an engine whose data is not a folder of its own; nil where it is.
	Moves *Moves
	// Linked is a shell function "linked FOLDER DATA [PLACE…]" that deletes what lies outside of a data folder and is
	// referred to by FOLDER alone, and not by DATA, which is in use. Empty where an engine has no such thing.
	Linked string
}

// Moves is how data is found and moved that is some files in a folder shared with others. [Instance.DataDir] then only
// stands for it, and what lies beside that is named after it.
type Moves struct {
	// Functions are two in shell: "there PLACE ARG…" tells whether data is at a place, "move FROM TO ARG…" brings it from
	// one to another. Either place may be the DataDir or a folder beside it; a move that was cut off goes on.
	Functions string
	Args      []string
}

// wholeFolder is how a data folder is found and moved.
const wholeFolder = "there() { [ -e \"$1\" ]; }\nmove() { mv -T -- \"$1\" \"$2\"; }\n"

// moving is a script that moves data, with its arguments and those of the engine's functions.
func (m Making) moving(title, script string, args ...string) remote.Command {
	if m.Moves == nil {
		return AsRoot(title, wholeFolder+script, args...)
	}
	return AsRoot(title, m.Moves.Functions+script, append(args, m.Moves.Args...)...)
}

// NewMaking collects what the steps need for one target. name is what the primary's things for it are called.
func NewMaking(req replication.Request, primary, target Instance, name string) Making {
	m := Making{
		Run: req.Run, Command: req.Command, Primary: primary, Target: target,
		Link: req.Links[target.Facts.Node.Key()], Options: req.Options, Name: name,
		Between: primary.Facts.Node.App != target.Facts.Node.App, Ran: target.Facts.Running,
	}
	m.Top = primary.Facts
	if req.Topology.Top != nil {
		m.Top, m.Chained = *req.Topology.Top, true
	}
	if u := target.Notes.Unfinished; u != nil {
		m.Run, m.Adopt, m.Ran = u.Run, u.Command == req.Command, u.Running
	}
	return m
}

// At is the id of a step about this replica.
func (m Making) At(id string) string { return id + "." + m.To() }

// TopLabel is the name in messages of the server where data is changed.
func (m Making) TopLabel() string { return m.Top.Node.Label }

// From is the primary's name in messages, To the replica's.
func (m Making) From() string { return m.Primary.Label() }

// To is the replica's name in messages.
func (m Making) To() string { return m.Target.Label() }

// NewDir is the new data folder: beside the one in use, on the same file system, where a rename is instant.
func (m Making) NewDir() string { return m.Target.DataDir + ".belt-new" }

// OldDir is where the old data folder is kept.
func (m Making) OldDir() string { return m.Target.DataDir + ".belt-old-" + m.Run }

// WrittenFile is the note on the replica's server of what Belt wrote into its settings.
func (m Making) WrittenFile() string { return m.Target.StateFile("replica") }

// SwappedFile is the note on the replica's server of the run that put the data folder in place that is in use.
func (m Making) SwappedFile() string { return m.Target.StateFile("swapped") }

// RunFile is the note on the replica's server of a run that is under way.
func (m Making) RunFile() string { return m.Target.StateFile("run") }

// BegunFile is the note on the primary that a run works on this replica: what status finds when the run ended early.
func (m Making) BegunFile() string { return m.Primary.StateFile("begun." + m.Name) }

// AllNotes are the files to remove when the replica is one no more.
func (m Making) AllNotes() []string {
	return []string{m.RunFile(), m.WrittenFile(), m.SwappedFile()}
}

// Secrets is a folder on the target that only the instance's owner reads.
func (m Making) Secrets() string { return path.Join("/var/lib/belt", m.Target.Name) }

// PutSecret writes a file that only the instance's owner reads.
func (m Making) PutSecret(ctx context.Context, file string, content []byte) error {
	return remote.WriteFile(ctx, m.Target.Runner(), "root", file, content, remote.Attr{Mode: 0o600, Owner: m.Target.Owner})
}

// JobID is the job that fills the new data folder.
func (m Making) JobID() string { return "seed." + m.Target.Name }

// Step fills in what all steps of this replica share.
func (m Making) Step(s plan.Step) plan.Step {
	s.ID = m.At(s.ID)
	s.Adopt = m.Adopt
	return s
}

// Swapped tells whether this run, before it was cut off, had already put its copy in place.
func (m Making) Swapped(ctx context.Context) (bool, error) {
	if !m.Adopt {
		return false, nil
	}
	return m.InPlace(ctx)
}

// InPlace tells whether the data folder in use is the copy that this run made.
func (m Making) InPlace(ctx context.Context) (bool, error) {
	result, err := m.Target.Runner().Run(ctx, Look("look which run put the data in place", `cat "$1" 2>/dev/null; exit 0`, m.SwappedFile()))
	return strings.TrimSpace(result.Stdout) == m.Run, err
}

// MakeNew makes a folder for the copy, or for a part of it, that only the instance's owner reads.
func (m Making) MakeNew(ctx context.Context, folder string) error {
	_, err := m.Target.Runner().Run(ctx, AsRoot("make "+path.Base(folder),
		`set -e; mkdir -p "$(dirname "$1")"; install -d -m 0700 -o "$2" -g "$(id -gn "$2")" "$1"`, folder, m.Target.Owner))
	return err
}

// DropCopy ends the job and deletes the new folder and what belongs to it elsewhere, but for what the data folder in use
// has: an undo of the swap may have failed.
func (m Making) DropCopy(ctx context.Context, places ...string) error {
	j := job.At(m.Target.Runner(), m.JobID())
	if err := j.Stop(ctx); err != nil {
		return err
	}
	args := append([]string{m.Target.DataDir, m.NewDir()}, places...)
	if _, err := m.Target.Runner().Run(ctx, AsRoot("delete the unfinished copy", m.linked()+dropCopyScript, args...)); err != nil {
		return err
	}
	return j.Remove(ctx)
}

func (m Making) linked() string {
	if m.Linked == "" {
		return "linked() { :; }\n"
	}
	return m.Linked
}

func seen(ctx context.Context, r remote.Runner, file string) (bool, error) {
	result, err := r.Run(ctx, Look("look whether "+path.Base(file)+" is there", `[ ! -e "$1" ] || echo there; exit 0`, file))
	return result.Stdout != "", err
}
