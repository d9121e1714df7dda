package mysql

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/plan"
)

var (
	//go:embed scripts/backup.sh
	backupScript string
	//go:embed scripts/extract.sh
	extractScript string
	//go:embed scripts/prepare.sh
	prepareScript string
)

// seed copies the primary's data into a new folder on the target.
func (m making) seed() plan.Step {
	s := m.copying()
	do := s.Do
	s.Do = func(ctx context.Context, report plan.Progress) error {
		err := do(ctx, report)
		if _, goesOn := errors.AsType[*plan.Detached](err); err != nil && !goesOn {
			m.awaitPrimary(ctx, report)
		}
		return err
	}
	return s
}

// awaitPrimary gives a primary that restarts, which ends a copy, the time for it: what is undone next needs it.
func (m making) awaitPrimary(ctx context.Context, report plan.Progress) {
	if ctx.Err() != nil || m.Primary.Answers(ctx) == nil {
		return
	}
	report(0, 0, "waiting for "+m.From()+", which does not answer")
	_ = m.Primary.AwaitAnswer(ctx, time.Minute) // the undo says what it could not do
}

// copying is the step of each way to copy.
func (m making) copying() plan.Step {
	switch {
	case m.clones():
		return m.clone()
	case m.engine.flavour == mySQL:
		return m.dump()
	}
	threads := m.threads()
	return m.Step(plan.Step{
		ID: "seed", Server: m.To(), Title: "copy the data from " + m.From(), Lane: m.To(),
		Commands: []string{
			fmt.Sprintf("on %s: mariadb-backup --backup --stream=xbstream --parallel=%s", m.From(), threads),
			m.path().Describe(m.From(), m.To()) + ", TLS 1.3",
			"mbstream --extract --directory=" + m.NewDir(),
			"mariadb-backup --prepare --target-dir=" + m.NewDir(),
		},
		Done: m.Swapped,
		Do:   m.copy,
		Undo: plan.Undoable("stop the copy and delete it", func(ctx context.Context, _ plan.Progress) error { return m.dropCopy(ctx) }),
	})
}

// path is the way that the probe found.
func (m making) path() transfer.Path {
	p, _ := m.Link.Native.(transfer.Path)
	return p
}

// threads is how many read, move and write at once.
func (m making) threads() string {
	cores := min(m.primary.Host.Cores, m.target.Host.Cores)
	return strconv.Itoa(min(max(cores, 2), 4))
}

// fetch brings the stream into the new folder. whole tells that an unfinished run came this far already.
func (m making) fetch(ctx context.Context, report plan.Progress) (stream transfer.Stream, whole bool, err error) {
	if err := m.MakeNew(ctx, m.NewDir()); err != nil {
		return stream, false, err
	}
	if whole, err = m.Target.Seen(ctx, m.NewDir()+".complete"); err != nil || whole {
		return stream, whole, err
	}
	if stream, err = m.stream(); err != nil {
		return stream, false, err
	}
	return stream, false, m.engine.mover.Run(ctx, stream, report)
}

func (m making) copy(ctx context.Context, report plan.Progress) error {
	stream, whole, err := m.fetch(ctx, report)
	if err != nil || whole {
		return err
	}
	j, err := job.Start(ctx, m.target.Node.Runner, job.Spec{
		ID: m.JobID(), Title: "prepare the copy of " + m.From(), Script: prepareScript,
		Args: []string{m.NewDir(), m.tn.Owner, m.proof(), m.tn.DataDir},
	})
	if err != nil {
		return err
	}
	if err := j.Follow(ctx, report); err != nil {
		return err
	}
	return m.engine.mover.Stop(ctx, stream)
}

// streamID tells the streams to several replicas apart: their senders are jobs of the same server.
func (m making) streamID() string { return m.JobID() + "." + m.Name }

// stream is the backup, or the dump, on its way.
func (m making) stream() (transfer.Stream, error) {
	options, err := adminOptions(m.primary.Node)
	if err != nil {
		return transfer.Stream{}, err
	}
	secrets := map[string][]byte{}
	if options != "" {
		secrets["admin.cnf"] = []byte(options)
	}
	from := transfer.End{Script: backupScript, Args: []string{m.pn.Socket, m.threads()}}
	to := transfer.End{Script: extractScript, Args: []string{m.NewDir(), m.threads()}}
	if m.engine.flavour == mySQL {
		from, to = m.dumpStream()
	}
	from.Runner, from.Arch, from.Secrets = m.primary.Node.Runner, m.primary.Host.Arch, secrets
	to.Runner, to.Arch = m.target.Node.Runner, m.target.Host.Arch
	return transfer.Stream{
		ID: m.streamID(), Title: "copy the data from " + m.From(), From: from, To: to,
		Path: m.path(), Total: m.pn.dataBytes(), MaxRate: m.Options.MaxRate,
	}, nil
}

// dropCopy ends what copies and deletes the copy.
func (m making) dropCopy(ctx context.Context) error {
	if !m.clones() && m.primary.Err == nil && m.primary.Node.Runner != nil {
		stream, err := m.stream()
		if err != nil {
			return err
		}
		if err := m.engine.mover.Stop(ctx, stream); err != nil {
			return err
		}
	}
	return m.DropCopy(ctx)
}
