package mover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dbbelt/belt/internal/transfer/task"
)

// window is how many chunks may be on their way: 48 MiB keep 10 Gbit/s busy over 40 ms.
const window = 48

// mover is one end at work.
type mover struct {
	task     task.Task
	keys     keys
	p        patience
	script   string
	args     []string // of the script
	progress string   // the job's progress file; empty for none
	log      io.Writer
}

// run moves the stream and returns how it ended at this end.
func (m mover) run(ctx context.Context) error {
	// The connections are needed for the last word, after ctx has ended.
	lines, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	m.log = &log{to: m.log}
	about := &contact{peer: m.task.Peer, p: m.p}
	w := &worker{mover: m, about: about}
	w.begin()

	net := &network{task: m.task, keys: m.keys, p: m.p, say: m.say, about: about}
	var group sync.WaitGroup
	group.Go(func() {
		if err := net.run(lines, w.end); err != nil {
			w.end.fail(err)
		}
	})
	group.Go(func() {
		if err := about.watch(lines); err != nil {
			w.end.fail(err)
		}
	})
	group.Go(func() { report(lines, m.progress, w.line) })
	group.Go(func() { w.work() })
	stop := context.AfterFunc(ctx, func() { w.end.fail(errors.New("it was stopped")) })
	defer stop()

	err := w.settled(func() time.Duration { return about.parting(ctx.Err() != nil) })
	hangUp()
	group.Wait()
	return err
}

// log takes the words of the tool and of the mover, one write at a time.
type log struct {
	mu sync.Mutex
	to io.Writer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(b)
}

func (m mover) say(format string, args ...any) {
	fmt.Fprintf(m.log, format+"\n", args...)
}

// both is an end with what its worker needs.
type both interface {
	end
	fail(error)
	await(parting func() time.Duration) error
	count() uint64
}

// worker joins the tool and its end of the stream.
type worker struct {
	mover
	about *contact
	end   both
	press *press
	phase string
	mu    sync.Mutex
}

func (w *worker) begin() {
	if w.task.Sends {
		w.press = &press{mode: w.task.Compress}
		w.end = newOutgoing(window, &pacer{rate: w.task.MaxRate}, w.press, w.about.alive)
		return
	}
	w.end = newIncoming(window, w.about.alive)
}

// work runs the tool to its end.
func (w *worker) work() {
	t, err := startTool(w.script, w.args, w.task.Sends, w.log)
	if err != nil {
		w.end.fail(err)
		return
	}
	defer t.kill()
	switch end := w.end.(type) {
	case *outgoing:
		err = w.send(end, t)
	case *incoming:
		err = w.receive(end, t)
	}
	if err != nil {
		w.end.fail(err)
	}
}

func (w *worker) send(o *outgoing, t *tool) error {
	// Reading ends when the stream fails: the tool may be writing nothing for an hour.
	release := o.whenBroken(func() { t.kill() })
	defer release()
	err := o.read(t.pipe, chunkSize(w.task.MaxRate), func() error {
		w.note("the stream is at its end; waiting for the tool to say that it is sound")
		defer w.note("")
		return t.wait()
	})
	if err != nil {
		return err
	}
	w.note("all is sent; waiting for " + w.task.Peer + " to write it")
	return nil
}

func (w *worker) receive(i *incoming, t *tool) error {
	release := i.whenBroken(func() { t.kill() })
	defer release()
	if err := i.write(t.pipe); err != nil {
		select {
		case <-t.ended:
		case <-time.After(time.Second): // it closed its input and lingers
		}
		select {
		case <-t.ended:
			if t.err != nil {
				return t.err
			}
			return errors.New("the tool ended before the stream did")
		default:
		}
		return err
	}
	w.note("all has arrived; waiting for the tool to write it")
	if err := t.pipe.Close(); err != nil {
		return err
	}
	if err := t.wait(); err != nil {
		return err
	}
	i.finished()
	return nil
}

func (w *worker) note(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.phase = text
}

func (w *worker) line() string {
	w.mu.Lock()
	note := w.phase
	w.mu.Unlock()
	return progressLine(w.end.count(), w.task.Total, w.about, note)
}

// settled waits for the outcome, and then for the other end to hear of it.
func (w *worker) settled(parting func() time.Duration) error {
	err := w.end.await(parting)
	if w.press != nil {
		if in, out := w.press.carried(); in > 0 {
			w.say("sent %d bytes as %d on the wire", in, out)
		}
	}
	return err
}

// inputs reads the task of this end from the folder of its job's files.
func inputs(dir string) (task.Task, keys, error) {
	t, err := task.Read(filepath.Join(dir, task.File))
	if err != nil {
		return t, keys{}, err
	}
	k, err := readKeys(dir)
	return t, k, err
}

// Move does what the task in dir says, with args for the tool's script, and returns the exit code.
func Move(ctx context.Context, dir string, args []string, log io.Writer) int {
	t, k, err := inputs(dir)
	if err != nil {
		fmt.Fprintln(log, err)
		return task.Failed
	}
	m := mover{task: t, keys: k, p: patience{first: t.FirstWait, contact: t.Patience}.orDefaults(),
		script: filepath.Join(dir, task.Tool), args: args, progress: os.Getenv("BELT_PROGRESS"), log: log}
	return exitCode(m.run(ctx), t, log)
}

// exitCode tells how it ended, to people and to Belt.
func exitCode(err error, t task.Task, log io.Writer) int {
	var peer *peerError
	var contact *contactError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &peer):
		fmt.Fprintf(log, "%s failed: %s\n", t.Peer, peer.text)
		return task.PeerFailed
	case errors.As(err, &contact):
		fmt.Fprintln(log, err)
		return task.NoContact
	}
	fmt.Fprintln(log, err)
	return task.Failed
}
