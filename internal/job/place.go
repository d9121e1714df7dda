package job

import (
	"context"
	_ "embed"
	"io"
	"strconv"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// DefaultDir is where a server keeps its jobs, in the folder jobs below it.
const DefaultDir = "/var/lib/belt"

//go:embed sh/lib.sh
var libSh string

//go:embed sh/start.sh
var startSh string

//go:embed sh/run.sh
var runSh string

//go:embed sh/look.sh
var lookSh string

//go:embed sh/stop.sh
var stopSh string

//go:embed sh/list.sh
var listSh string

// place is where jobs are, and how patiently they are asked after.
type place struct {
	runner   remote.Runner
	base     string
	patience time.Duration
	wait     time.Duration // how long one look may wait on the server for news
	grace    time.Duration // how long processes are asked to end before they are made to
}

// Option changes where jobs are kept or how they are followed.
type Option func(*place)

// In keeps the jobs below another folder than [DefaultDir].
func In(dir string) Option { return func(p *place) { p.base = dir } }

// Patience is how long [Job.Follow] tries to reach the server again after the connection broke. The default is ten
// minutes.
func Patience(d time.Duration) Option { return func(p *place) { p.patience = d } }

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

type call struct {
	script string
	args   []string // after the base folder
	stdin  io.Reader
	reads  bool
	title  string
}

func (p place) run(ctx context.Context, c call) (remote.Result, error) {
	return p.runner.Run(ctx, remote.Command{
		Script:   libSh + c.script,
		Args:     append([]string{seconds(p.grace), p.base}, c.args...),
		As:       "root",
		Stdin:    c.stdin,
		ReadOnly: c.reads,
		Title:    c.title,
	})
}
