package mover

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tool is the engine's script, at work.
type tool struct {
	cmd   *exec.Cmd
	pipe  *os.File // this end of its input or output
	words *tail
	ended chan struct{}
	err   error // how it ended, once it has
}

// toolPipe is as large a pipe as anybody may have: with fewer, larger reads the tool and the mover wake each other less.
const toolPipe = 1 << 20

// startTool runs the script; the sender's output, or the receiver's input, is a pipe.
func startTool(script string, args []string, sends bool, log io.Writer) (*tool, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	t := &tool{words: &tail{}, ended: make(chan struct{})}
	t.cmd = exec.Command("/bin/sh", append([]string{script}, args...)...)
	t.cmd.Stderr = io.MultiWriter(log, t.words)
	t.cmd.WaitDelay = 5 * time.Second                       // for what it left behind with its stderr open
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that all of a pipeline is killed
	theirs := r
	if sends {
		t.pipe, theirs, t.cmd.Stdout = r, w, w
	} else {
		t.pipe, t.cmd.Stdin, t.cmd.Stdout = w, r, t.cmd.Stderr
	}
	if err := widen(t.pipe); err != nil {
		return nil, err
	}
	err = t.cmd.Start()
	theirs.Close()
	if err != nil {
		t.pipe.Close()
		return nil, fmt.Errorf("start the tool: %w", err)
	}
	go func() {
		defer close(t.ended)
		err := t.cmd.Wait()
		if errors.Is(err, exec.ErrWaitDelay) {
			err = nil // the script itself ended well
		}
		t.err = t.judge(err)
	}()
	return t, nil
}

// widen makes the pipe larger, where the system allows it; else the usual one does. (Fd would make it a blocking one.)
func widen(pipe *os.File) error {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, toolPipe) })
}

// wait returns nil when the tool has ended well.
func (t *tool) wait() error {
	<-t.ended
	return t.err
}

// judge makes the way it ended an error with its own last lines.
func (t *tool) judge(err error) error {
	var exit *exec.ExitError
	if err == nil || !errors.As(err, &exit) {
		return err
	}
	what := fmt.Sprintf("exit code %d", exit.ExitCode())
	if status, is := exit.Sys().(syscall.WaitStatus); is && status.Signaled() {
		what = "ended by signal " + status.Signal().String()
	}
	if said := t.words.String(); said != "" {
		what += ": " + said
	}
	return errors.New(what)
}

// kill ends the tool and what it started.
func (t *tool) kill() {
	select {
	case <-t.ended:
	default:
		// A group that is gone by now needs no signal.
		_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL)
	}
	<-t.ended
	t.pipe.Close()
}

// tail keeps the last lines that were written to it.
type tail struct {
	mu   sync.Mutex
	last []byte
}

const (
	tailBytes = 2 << 10
	tailLines = 10
)

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	if over := len(t.last) - 2*tailBytes; over > 0 {
		t.last = append(t.last[:0], t.last[len(t.last)-tailBytes:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.last[max(0, len(t.last)-tailBytes):]
	lines := bytes.Split(bytes.TrimSpace(last), []byte("\n"))
	lines = lines[max(0, len(lines)-tailLines):]
	return strings.ToValidUTF8(string(bytes.Join(lines, []byte("\n"))), "")
}
