package ops

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/backup"
	"github.com/dbbelt/belt/internal/transfer/pack"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

func readLocal(path string) ([]byte, error) { return os.ReadFile(path) }

// here runs an engine's script without a job: its output goes to this machine. The one secret, if any, comes on its input;
// where the data stands is the last line of what it says.
const here = `dir=$(mktemp -d) || exit
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit
export BELT_FILES="$dir" BELT_PROGRESS="$dir/progress"
[ -z "$secret" ] || cat >"$dir/$secret"
(
`

const hereEnd = `
) || exit
echo "position $(cat position 2>/dev/null)" >&2
`

// toFile takes the backup into a file on this machine.
func (b *taking) toFile(ctx context.Context, result *Result, note string) error {
	if _, err := os.Stat(b.o.To); err == nil {
		return refuse("name another file", "%s exists", b.o.To)
	}
	p := plan.Plan{
		Command: backupCreateCommand, Target: b.target.String(), Estimate: plan.Estimate{Bytes: b.tool.Bytes},
		Steps: []plan.Step{{
			ID: "backup." + b.source.Node.Label, Server: b.source.Node.Label, Title: "write a backup to " + b.o.To,
			Commands: b.tool.Commands,
			Do:       b.write,
			Undo: plan.Undoable("delete what arrived", func(context.Context, plan.Progress) error {
				os.Remove(b.o.To + ".part")
				os.Remove(b.o.To)
				os.Remove(b.o.To + ".json")
				return nil
			}),
		}},
	}
	if note != "" {
		p.Notes = append(p.Notes, note)
	}
	if err := b.run(ctx, b.o.Change, p, result, b.source.Node); err != nil || b.o.DryRun {
		return err
	}
	result.Backup = &b.m
	return nil
}

// write runs the tool and packs what it writes.
func (b *taking) write(ctx context.Context, report plan.Progress) error {
	file, err := os.OpenFile(b.o.To+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	secret, stdin := "", io.Reader(strings.NewReader(""))
	for name, data := range b.tool.Secrets {
		secret, stdin = name, strings.NewReader(string(data))
	}
	b.m.Started = time.Now().UTC().Truncate(time.Second)
	out, in := io.Pipe()
	var said remote.Result
	ran := make(chan error, 1)
	go func() {
		var err error
		said, err = b.source.Node.Runner.Run(ctx, remote.Command{
			Title: "back up to this machine", As: firstOf(b.tool.As, "root"), Args: b.tool.Args, Stdin: stdin, Stdout: in, Private: true,
			Script: "secret=" + secret + "\n" + noProgress + here + b.tool.Script + hereEnd,
		})
		in.CloseWithError(err)
		ran <- err
	}()
	sum := sha256.New()
	counted := &counter{r: out, report: report, total: b.tool.Bytes}
	_, err = pack.Pack(io.MultiWriter(file, sum), counted, b.m.Recipient)
	out.CloseWithError(err)
	if runErr := <-ran; runErr != nil {
		return runErr
	}
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	b.m.Ended, b.m.Bytes, b.m.SHA256 = time.Now().UTC().Truncate(time.Second), info.Size(), hex.EncodeToString(sum.Sum(nil))
	b.m.Position = firstOf(positionIn(said.Stderr), b.source.Position)
	return finishFile(b.o.To, b.m)
}

// finishFile writes the manifest beside a file, and then gives the file its name.
func finishFile(path string, m backup.Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".json", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func positionIn(said string) string {
	position := ""
	for line := range strings.Lines(said) {
		if rest, ok := strings.CutPrefix(line, "position "); ok {
			position = strings.TrimSpace(rest)
		}
	}
	return position
}

// counter tells how much went by.
type counter struct {
	r      io.Reader
	n      int64
	total  int64
	report plan.Progress
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.report(c.n, max(c.total, c.n), "")
	return n, err
}

// DownloadOptions say which backup is brought to this machine.
type DownloadOptions struct {
	Change
	Target string
	ID     string // empty: the newest
	To     string // empty: APP-DATABASE-ID.zst, with .age behind it where it is encrypted
}

const backupDownloadCommand = "db backup download"

// BackupDownload brings a backup to this machine, as it is kept: `age -d | zstd -d` opens it.
func BackupDownload(ctx context.Context, s *Session, o DownloadOptions) (Result, error) {
	result := NewResult(backupDownloadCommand, o.Target)
	v, err := s.kept(o.Target, &result)
	if err != nil {
		return result, err
	}
	m, err := v.find(ctx, o.ID)
	if err != nil {
		return result, err
	}
	if o.To == "" {
		o.To = fmt.Sprintf("%s-%s-%s.zst", m.App, m.Database, m.ID)
		if m.Recipient != "" {
			o.To += ".age"
		}
	}
	if _, err := os.Stat(o.To); err == nil {
		return result, refuse("name another file with --to", "%s exists", o.To)
	}
	p := plan.Plan{
		Command: backupDownloadCommand, Target: v.target.String(), Estimate: plan.Estimate{Bytes: m.Bytes},
		Steps: []plan.Step{{
			ID: "download." + v.label, Server: v.label, Title: "bring backup " + m.ID + " to " + o.To, Commands: []string{"cat " + v.store.File(m.ID)},
			Do: func(ctx context.Context, report plan.Progress) error { return v.download(ctx, m, o.To, report) },
			Undo: plan.Undoable("delete what arrived", func(context.Context, plan.Progress) error {
				os.Remove(o.To + ".part")
				return nil
			}),
		}},
	}
	if err := v.run(ctx, o.Change, p, &result); err != nil || o.DryRun {
		return result, err
	}
	result.Backup = &m
	return result, nil
}

func (v *vault) download(ctx context.Context, m backup.Manifest, to string, report plan.Progress) error {
	file, err := os.OpenFile(to+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	out := &written{w: io.MultiWriter(file, sum), total: m.Bytes, report: report}
	end := v.store.Send(m, "")
	_, err = v.store.Runner.Run(ctx, remote.Command{
		Title: "read backup " + m.ID, Script: end.Script, Args: end.Args, As: "root", Stdout: out, ReadOnly: true, Private: true,
	})
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != m.SHA256 {
		return fmt.Errorf("%s: what arrived is not what was stored: its hash is %.12s…, not %.12s…", v.label, got, m.SHA256)
	}
	return finishFile(to, m)
}

type written struct {
	w        io.Writer
	n, total int64
	report   plan.Progress
}

func (w *written) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.n += int64(n)
	w.report(w.n, w.total, "")
	return n, err
}
