package lock

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

//go:embed sh/lib.sh
var libSh string

//go:embed sh/hold.sh
var holdSh string

//go:embed sh/probe.sh
var probeSh string

var (
	errSilence = errors.New("the server does not answer")
	errFreed   = errors.New("the server freed it, having heard nothing for too long")
	errEnded   = errors.New("the command that held it has ended")
)

// releaseTimeout bounds the wait for a server that does not say that it freed the lock.
const releaseTimeout = 10 * time.Second

// holder holds one place's lock.
type holder struct {
	place Place
	times settings
	lines chan string   // what the server says
	ended chan struct{} // closed when the command is over; then res and cause are set
	res   remote.Result
	cause error
	stdin *io.PipeWriter
	stop  context.CancelFunc // lets go of the command at once
	quit  chan struct{}      // closed by release
	done  chan struct{}      // closed when watch has returned

	mu   sync.Mutex
	lost error
}

// hold takes the lock. onLost is called once if it is lost before release.
func hold(ctx context.Context, p Place, owner string, s settings, onLost context.CancelCauseFunc) (*holder, error) {
	in, out := io.Pipe()
	h := &holder{
		place: p, times: s, stdin: out, lines: make(chan string, 16),
		ended: make(chan struct{}), quit: make(chan struct{}), done: make(chan struct{}),
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	go func() {
		h.res, h.cause = p.Runner.Run(run, remote.Command{
			Script: libSh + holdSh,
			Args:   []string{s.dir, p.Name, seconds(s.silence)},
			As:     "root",
			Stdin:  in,
			Stdout: &lineWriter{lines: h.lines, ended: run.Done()},
			Title:  "hold the lock " + p.Name,
		})
		in.CloseWithError(io.ErrClosedPipe)
		close(h.ended)
	}()
	go io.WriteString(out, owner+"\n")

	sent := time.Now()
	err := h.taken(ctx)
	if err != nil {
		out.Close()
		stop()
		return nil, err
	}
	go h.watch(sent, onLost)
	return h, nil
}

// taken waits for the server's first answer.
func (h *holder) taken(ctx context.Context) error {
	server := h.place.Runner.Server()
	first, err := h.line(ctx)
	if err != nil {
		return err
	}
	switch first {
	case "locked":
		return nil
	case "held":
		since, err1 := h.line(ctx)
		record, err2 := h.line(ctx)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		return &HeldError{Server: server, Owner: parseOwner(since, record)}
	}
	return fmt.Errorf("%s: take the lock %s: unexpected answer %q", server, h.place.Name, first)
}

// line is the next line that the server says.
func (h *holder) line(ctx context.Context) (string, error) {
	select {
	case l := <-h.lines:
		return l, nil
	default:
	}
	select {
	case l := <-h.lines:
		return l, nil
	case <-h.ended:
		select {
		case l := <-h.lines: // said before the end
			return l, nil
		default:
		}
		if h.cause != nil {
			return "", h.cause
		}
		return "", fmt.Errorf("%s: take the lock %s: ended without an answer: %s", h.place.Runner.Server(), h.place.Name, strings.TrimSpace(h.res.Stderr))
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// watch sends signs of life and listens for their confirmation. What proves that the lock is held is not when an answer
// came but when the sign was sent that it answers: from then on the server waits for the whole silence.
func (h *holder) watch(proof time.Time, onLost context.CancelCauseFunc) {
	defer close(h.done)
	signs := make(chan struct{}, 1) // a write may hang when the connection does
	defer close(signs)
	go func() {
		for range signs {
			io.WriteString(h.stdin, ".")
		}
	}()
	var open []time.Time // when the signs were sent that wait for an answer
	tick := time.NewTicker(h.times.interval)
	defer tick.Stop()
	guard := time.NewTicker(min(h.times.interval, time.Second))
	defer guard.Stop()
	lost := func(err error) {
		h.mu.Lock()
		h.lost = &LostError{Server: h.place.Runner.Server(), Err: err}
		h.mu.Unlock()
		onLost(h.lost)
		h.stdin.Close()
		h.stop()
	}
	for {
		select {
		case <-tick.C:
			select {
			case signs <- struct{}{}:
				open = append(open, time.Now())
			default: // the last one is not gone yet
			}
		case line := <-h.lines:
			if line == "freed" {
				lost(errFreed)
				return
			}
			if len(open) > 0 {
				proof, open = open[0], open[1:]
			}
		case <-guard.C:
			if elapsed(proof) > h.times.lease {
				lost(errSilence)
				return
			}
		case <-h.ended:
			cause := errEnded
			if h.cause != nil {
				cause = h.cause
			}
			lost(cause)
			return
		case <-h.quit:
			return
		}
	}
}

// elapsed is the time since t, the time included that this machine slept: Go's clock stands still then, the wall's does not.
func elapsed(t time.Time) time.Duration {
	return max(time.Since(t), time.Now().Round(0).Sub(t.Round(0)))
}

// release frees the lock and waits until the server has done so.
func (h *holder) release() {
	close(h.quit)
	<-h.done
	defer h.stop()
	h.stdin.Close()
	timeout := time.After(releaseTimeout)
	for {
		select {
		case line := <-h.lines:
			if line == "freed" {
				return
			}
		case <-h.ended:
			return
		case <-timeout:
			return
		}
	}
}

func (h *holder) err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lost
}

// parseOwner reads a record: for how many seconds the lock is held, and by whom. The server's count makes the time right
// on clocks that differ.
func parseOwner(held, record string) Owner {
	var o Owner
	if err := json.Unmarshal([]byte(record), &o); err != nil {
		return Owner{}
	}
	if sec, err := strconv.Atoi(held); err == nil {
		o.Since = time.Now().Add(-time.Duration(sec) * time.Second).Round(time.Second)
	}
	return o
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

// lineWriter hands on whole lines.
type lineWriter struct {
	lines chan<- string
	ended <-chan struct{}
	rest  []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		select {
		case w.lines <- string(line):
		case <-w.ended:
			return 0, io.ErrClosedPipe
		}
		w.rest = rest
	}
}
