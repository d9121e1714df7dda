package transfer

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/dbbelt/belt/internal/certificate"
	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/internal/transfer/programs"
	"github.com/dbbelt/belt/internal/transfer/task"
)

//go:embed sh/move.sh
var moveSh string

const connections = 4

// Jobs is the Mover that works with detached jobs on both servers.
type Jobs struct {
	options []job.Option
	program func(arch string) ([]byte, error)
	hasty   bool // in tests
}

// New is the mover for real servers.
func New() *Jobs { return &Jobs{program: programs.For} }

// pair is the two ends of a stream.
type pair struct{ send, receive *job.Job }

func (j *Jobs) pair(s Stream) pair {
	return pair{
		send:    job.At(s.From.Runner, s.ID+".send", j.options...),
		receive: job.At(s.To.Runner, s.ID+".receive", j.options...),
	}
}

// Stop ends both ends and removes their folders.
func (j *Jobs) Stop(ctx context.Context, s Stream) error {
	if s.Path.Way == Within {
		return job.At(s.To.Runner, s.ID+".within", j.options...).Remove(ctx)
	}
	p := j.pair(s)
	return together(
		func() error { return p.send.Remove(ctx) },
		func() error { return p.receive.Remove(ctx) },
	)
}

// halt ends both ends and keeps what they said.
func (p pair) halt(ctx context.Context) error {
	return together(
		func() error { return p.send.Stop(ctx) },
		func() error { return p.receive.Stop(ctx) },
	)
}

// together does both at once and returns both errors.
func together(a, b func() error) error {
	other := make(chan error, 1)
	go func() { other <- b() }()
	return errors.Join(a(), <-other)
}

// start sees to it that both ends run and know each other, or that the stream has arrived already.
//
// The two ends know each other by certificates that are made anew each time, so an end that runs while the other does
// not is of no use: both are begun again.
func (j *Jobs) start(ctx context.Context, s Stream) (pair, error) {
	for range 3 {
		p, fit, err := j.tryStart(ctx, s)
		if err != nil || fit {
			return p, err
		}
		if err := p.halt(ctx); err != nil {
			return p, err
		}
	}
	return pair{}, fmt.Errorf("%s: %s: its two ends do not stay up together", s.To.Runner.Server(), s.Title)
}

func (j *Jobs) tryStart(ctx context.Context, s Stream) (p pair, fit bool, err error) {
	p = j.pair(s)
	if err := p.lone(ctx); err != nil {
		return p, false, err
	}
	send, receive, err := j.specs(s)
	if err != nil {
		return p, false, err
	}
	if p.receive, err = job.Start(ctx, s.To.Runner, receive, j.options...); err != nil {
		return p, false, err
	}
	if p.receive.Found == job.Finished {
		return p, true, nil
	}
	sender, err := job.Start(ctx, s.From.Runner, send, j.options...)
	if err != nil {
		if p.receive.Found == job.Begun {
			err = errors.Join(err, p.receive.Stop(ctx))
		}
		return p, false, err
	}
	p.send = sender
	return p, (p.send.Found == job.Begun) == (p.receive.Found == job.Begun), nil
}

// lone stops an end that runs without the other.
func (p pair) lone(ctx context.Context) error {
	var send, receive job.Status
	err := together(
		func() (err error) { send, err = p.send.Status(ctx); return err },
		func() (err error) { receive, err = p.receive.Status(ctx); return err },
	)
	alive := func(s job.Status) bool { return s.State == job.Running || s.State == job.Done }
	switch {
	case err != nil:
		return err
	case receive.State == job.Running && !alive(send):
		return p.receive.Stop(ctx)
	case send.State == job.Running && !alive(receive):
		return p.send.Stop(ctx)
	}
	return nil
}

// specs are the jobs of both ends.
func (j *Jobs) specs(s Stream) (send, receive job.Spec, err error) {
	if s.Path.Way == "" {
		return send, receive, fmt.Errorf("%s: there is no way from %s to %s", s.Title, s.From.Runner.Server(), s.To.Runner.Server())
	}
	from, err := certificate.NewIdentity()
	if err != nil {
		return send, receive, err
	}
	to, err := certificate.NewIdentity()
	if err != nil {
		return send, receive, err
	}
	if send, err = j.spec(s, s.From, s.ID+".send", j.task(s, true), from, to); err != nil {
		return send, receive, err
	}
	receive, err = j.spec(s, s.To, s.ID+".receive", j.task(s, false), to, from)
	return send, receive, err
}

func (j *Jobs) task(s Stream, sends bool) task.Task {
	t := task.Task{
		Version: task.Version, Sends: sends, Peer: s.From.Runner.Server(), Ports: s.Path.ports(), Relayed: s.Path.Way == Relayed,
		Connections: s.Connections, Total: s.Total, MaxRate: s.MaxRate, Compress: string(s.Compress),
		FirstWait: 2 * time.Minute, Patience: 10 * time.Minute,
	}
	if j.hasty {
		t.FirstWait, t.Patience = 5*time.Second, 5*time.Second
	}
	if sends {
		t.Peer = s.To.Runner.Server()
	}
	if t.Connections <= 0 {
		t.Connections = connections
	}
	if t.Compress == "" {
		t.Compress = string(Auto)
	}
	switch {
	case t.Relayed:
		t.Patience = 24 * time.Hour // the stream waits for Belt to come back
	case sends == (s.Path.Way == ToPush):
		t.Dial = s.Path.Address
	default:
		t.Listen = s.Path.Address
	}
	return t
}

// spec is one end's job. What an earlier run may have decided otherwise counts as a secret: it makes no other work of it.
func (j *Jobs) spec(s Stream, e End, id string, t task.Task, own, peer certificate.Identity) (job.Spec, error) {
	program, err := j.program(e.Arch)
	if err != nil {
		return job.Spec{}, fmt.Errorf("%s: %w", e.Runner.Server(), err)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return job.Spec{}, err
	}
	files := map[string][]byte{task.Tool: []byte(e.Script)}
	secrets := map[string][]byte{task.File: text, task.OwnKey: own.Own, task.PeerKey: peer.Public, task.Program: program}
	for given, into := range map[*map[string][]byte]map[string][]byte{&e.Files: files, &e.Secrets: secrets} {
		for name := range *given {
			if _, taken := files[name]; taken || secrets[name] != nil {
				return job.Spec{}, fmt.Errorf("the stream %s: the name of the file %s is the mover's own", s.ID, name)
			}
		}
		maps.Copy(into, *given)
	}
	return job.Spec{ID: id, Title: s.Title, As: e.As, Script: moveSh, Args: e.Args, Files: files, Secrets: secrets}, nil
}
