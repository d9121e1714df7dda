package remote

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"
)

// traced is how much of each output a trace shows, in bytes.
const traced = 4 << 10

// Trace returns a runner that writes what it runs to w: for each command one record when it starts (time, server,
// user, title, script, arguments) and one when it ends (exit code, duration, both outputs, shortened). Secrets are
// masked; neither stdin nor the output of a private command is ever shown. Each record is one Write; w has to bear
// concurrent ones, as an *os.File does.
func Trace(r Runner, w io.Writer, secrets *Secrets) Runner {
	return &tracer{Runner: r, w: w, secrets: secrets}
}

type tracer struct {
	Runner
	w       io.Writer
	secrets *Secrets
	count   atomic.Int64
}

func (t *tracer) Run(ctx context.Context, cmd Command) (Result, error) {
	id := fmt.Sprintf("%s #%d", t.Server(), t.count.Add(1))
	start := time.Now()
	t.started(start, id, cmd)
	var seen *head
	if cmd.Stdout != nil {
		seen = &head{Writer: cmd.Stdout, max: traced + t.secrets.reach()}
		cmd.Stdout = seen
	}
	res, err := t.Runner.Run(ctx, cmd)
	out := t.shorten(res.Stdout, len(res.Stdout))
	if seen != nil {
		out = t.shorten(string(seen.buf), seen.total)
	}
	if cmd.Private && out != "" {
		out = "(not shown)"
	}
	t.ended(time.Since(start), id, res, out, err)
	return res, err
}

func (t *tracer) started(at time.Time, id string, cmd Command) {
	var b strings.Builder
	as := ""
	if cmd.As != "" {
		as = " as " + cmd.As
	}
	reads := ""
	if cmd.ReadOnly {
		reads = " (reads only)"
	}
	fmt.Fprintf(&b, "%s %s%s: %s%s\n", stamp(at), id, as, t.secrets.Mask(Title(cmd)), reads)
	indent(&b, "  $ ", t.secrets.Mask(strings.TrimSpace(cmd.Script)))
	for i, arg := range cmd.Args {
		indent(&b, fmt.Sprintf("  %d=", i+1), t.secrets.Mask(arg))
	}
	if cmd.Stdin != nil {
		b.WriteString("  with input that is not shown\n")
	}
	io.WriteString(t.w, b.String())
}

func (t *tracer) ended(took time.Duration, id string, res Result, stdout string, err error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: exit %d after %s\n", stamp(time.Now()), id, res.Code, took.Round(time.Millisecond))
	if err != nil {
		indent(&b, "  error: ", t.shorten(err.Error(), len(err.Error())))
	}
	if stdout != "" {
		indent(&b, "  out: ", stdout)
	}
	if res.Stderr != "" {
		indent(&b, "  err: ", t.shorten(res.Stderr, len(res.Stderr)))
	}
	io.WriteString(t.w, b.String())
}

// record takes down what is no command.
func (t *tracer) record(what string) {
	var b strings.Builder
	indent(&b, fmt.Sprintf("%s %s: ", stamp(time.Now()), t.Server()), t.shorten(what, len(what)))
	io.WriteString(t.w, b.String())
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// shorten masks, and only then cuts: half a secret would not be recognised. The text is the beginning of something
// that has size bytes.
func (t *tracer) shorten(text string, size int) string {
	masked := t.secrets.Mask(text[:min(len(text), traced+t.secrets.reach())])
	if len(masked) <= traced && size <= traced {
		return masked
	}
	return masked[:min(len(masked), traced)] + fmt.Sprintf("… (%d bytes in all)", size)
}

// indent writes each line of the text behind the prefix.
func indent(b *strings.Builder, prefix, text string) {
	for line := range strings.Lines(text) {
		b.WriteString(prefix)
		b.WriteString(strings.TrimRight(line, "\n"))
		b.WriteByte('\n')
	}
	if text == "" {
		b.WriteString(prefix + "\n")
	}
}

// head passes everything on and keeps the beginning.
type head struct {
	io.Writer
	max   int
	buf   []byte
	total int
}

func (h *head) Write(p []byte) (int, error) {
	h.total += len(p)
	h.buf = append(h.buf, p[:min(len(p), max(0, h.max-len(h.buf)))]...)
	return h.Writer.Write(p)
}
