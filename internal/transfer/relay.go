package transfer

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/remote"
)

//go:embed sh/join.sh
var joinSh string

// relayRetry is the pause before a connection through Belt is made again.
const relayRetry = time.Second

// relay carries the stream's connections between the two ends, which both wait for one, until ctx ends.
func (j *Jobs) relay(ctx context.Context, s Stream, p pair) {
	n := s.Connections
	if n <= 0 {
		n = connections
	}
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			for ctx.Err() == nil {
				// Why a connection ended, the ends know and say; that one can be made again shows when it is.
				_ = carry(ctx, s, p)
				select {
				case <-ctx.Done():
				case <-time.After(relayRetry):
				}
			}
		})
	}
	group.Wait()
}

// carry makes one connection, of two halves, and returns when either has ended.
func carry(ctx context.Context, s Stream, p pair) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fromSender, toReceiver := io.Pipe()
	fromReceiver, toSender := io.Pipe()
	stop := context.AfterFunc(ctx, func() {
		for _, end := range []io.Closer{fromSender, toReceiver, fromReceiver, toSender} {
			end.Close()
		}
	})
	defer stop()
	half := func(e End, at *job.Job, in *io.PipeReader, out *io.PipeWriter) error {
		_, err := e.Runner.Run(ctx, remote.Command{
			Title: "carry the stream", Script: joinSh, Args: []string{at.Dir()}, As: "root",
			Stdin: in, Stdout: out, Private: true,
		})
		cancel()
		return err
	}
	first := make(chan error, 1)
	go func() { first <- half(s.To, p.receive, fromSender, toSender) }()
	err := half(s.From, p.send, fromReceiver, toReceiver)
	return errors.Join(err, <-first)
}
