package mover

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/transfer/task"
)

func TestArrives(t *testing.T) {
	for _, size := range []int{0, 1, chunkMax - 1, chunkMax, chunkMax + 1, 3*chunkMax + 17, 70 * chunkMax} {
		for _, mode := range []string{"never", "always", "auto"} {
			t.Run(fmt.Sprintf("%d bytes, %s compressed", size, mode), func(t *testing.T) {
				w := newWorld(t, sends, receives)
				w.send.task.Compress = mode
				w.write("in", data(size))
				w.arrives()
			})
		}
	}
}

// TestPull has the sender wait and the receiver call.
func TestPull(t *testing.T) {
	w := newWorld(t, sends, receives)
	w.send.task.Dial, w.send.task.Listen = "", "127.0.0.1"
	w.receive.task.Dial, w.receive.task.Listen = "127.0.0.1", ""
	w.write("in", data(9*chunkMax))
	w.arrives()
}

// TestCuts breaks every connection after a while, again and again.
func TestCuts(t *testing.T) {
	for _, mode := range []string{"never", "always"} {
		w := newWorld(t, sends, receives)
		w.send.task.Compress = mode
		wire := w.between(3*chunkMax, 0)
		w.write("in", data(60*chunkMax))
		w.arrives()
		if wire.cuts.Load() < 5 {
			t.Errorf("%s compressed: only %d cuts: the test shows nothing", mode, wire.cuts.Load())
		}
	}
}

// TestPause stops the network for longer than a connection lives.
func TestPause(t *testing.T) {
	w := newWorld(t, sends, receives)
	wire := w.between(0, 20<<20)
	w.write("in", data(30*chunkMax))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for wire.bytes.Load() < 4*chunkMax {
			time.Sleep(time.Millisecond)
		}
		wire.paused.Store(true)
		time.Sleep(3 * hasty.quiet)
		wire.paused.Store(false)
	}()
	w.arrives()
	<-done
	if !strings.Contains(w.sendLog.String(), "lost") {
		t.Errorf("no connection was lost: the test shows nothing:\n%s", w.sendLog.String())
	}
}

// TestPauseForever stops the network for good.
func TestPauseForever(t *testing.T) {
	w := newWorld(t, sends, receives)
	wire := w.between(0, 20<<20)
	w.send.p.contact, w.receive.p.contact = time.Second, time.Second
	w.write("in", data(30*chunkMax))
	go func() {
		for wire.bytes.Load() < 4*chunkMax {
			time.Sleep(time.Millisecond)
		}
		wire.paused.Store(true)
		<-t.Context().Done()
		wire.paused.Store(false)
	}()
	send, receive := w.run(t.Context())
	w.says("sender", send, "no connection to the other for 1s")
	w.says("receiver", receive, "no connection to the other for 1s")
	if w.exists("complete") {
		t.Error("the tool took a stream that was cut for a whole one")
	}
	if code := exitCode(receive, w.receive.task, &w.receiveLog); code != task.NoContact {
		t.Errorf("exit code %d", code)
	}
}

func TestSendingToolFails(t *testing.T) {
	for _, size := range []int{0, 100, 5 * chunkMax} {
		w := newWorld(t, sends+`; echo "table t1 is broken" >&2; exit 7`, receives)
		w.write("in", data(size))
		send, receive := w.run(t.Context())
		w.says("sender", send, "exit code 7", "table t1 is broken")
		w.says("receiver", receive, "exit code 7", "table t1 is broken")
		if code := exitCode(send, w.send.task, &w.sendLog); code != task.Failed {
			t.Errorf("the sender's exit code is %d", code)
		}
		if code := exitCode(receive, w.receive.task, &w.receiveLog); code != task.PeerFailed {
			t.Errorf("the receiver's exit code is %d", code)
		}
		if w.exists("complete") {
			t.Errorf("after %d bytes the receiver's tool saw an end", size)
		}
	}
}

func TestReceivingToolFails(t *testing.T) {
	w := newWorld(t, sends, `head -c 3000000 >/dev/null; echo "No space left on device" >&2; exit 1`)
	w.write("in", data(80*chunkMax))
	send, receive := w.run(t.Context())
	w.says("receiver", receive, "exit code 1", "No space left")
	w.says("sender", send, "exit code 1", "No space left")
}

// TestToolFailsAtTheEnd takes all, and fails then.
func TestToolFailsAtTheEnd(t *testing.T) {
	w := newWorld(t, sends, `cat >/dev/null; echo "cannot sync" >&2; exit 4`)
	w.write("in", data(2*chunkMax))
	send, receive := w.run(t.Context())
	w.says("receiver", receive, "exit code 4", "cannot sync")
	w.says("sender", send, "exit code 4", "cannot sync")
}

func TestToolEndsEarly(t *testing.T) {
	w := newWorld(t, sends, `head -c 10 >/dev/null`)
	w.write("in", data(80*chunkMax))
	send, receive := w.run(t.Context())
	w.says("receiver", receive, "ended before the stream did")
	w.says("sender", send, "ended before the stream did")
}

func TestToolIsKilled(t *testing.T) {
	w := newWorld(t, `cat "$1/in"; kill -9 $$`, receives)
	w.write("in", data(2*chunkMax))
	send, receive := w.run(t.Context())
	w.says("sender", send, "signal killed")
	w.says("receiver", receive, "signal killed")
	if w.exists("complete") {
		t.Error("the receiver's tool saw an end")
	}
}

// TestStop ends one end in the middle: both end, and the tools with them.
func TestStop(t *testing.T) {
	w := newWorld(t, `cat "$1/in"; sleep 600`, receives)
	w.write("in", data(2*chunkMax))
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- w.send.run(ctx) }()
	go func() {
		for !w.exists("out") || len(w.read("out")) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	receive := w.receive.run(t.Context())
	w.says("receiver", receive, "stopped")
	w.says("sender", <-sent, "stopped")
}

func TestNobodyThere(t *testing.T) {
	w := newWorld(t, sends, receives)
	w.write("in", data(100))
	w.send.p.first, w.receive.p.first = 300*time.Millisecond, 300*time.Millisecond
	w.says("sender", w.send.run(t.Context()), "no connection to the other", "refused")
	w.says("receiver", w.receive.run(t.Context()), "no connection to the other")
}

// TestStranger has others connect: they get nothing, and the stream arrives.
func TestStranger(t *testing.T) {
	w := newWorld(t, `sleep 1; cat "$1/in"`, receives)
	w.write("in", data(3*chunkMax))
	stranger := newWorld(t, sends, receives)
	stranger.write("in", data(3*chunkMax))
	stranger.send.task.Ports = w.receive.task.Ports
	stranger.send.p.first = 500 * time.Millisecond
	refused := make(chan error, 1)
	go func() { refused <- stranger.send.run(t.Context()) }()
	go func() {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(w.receive.task.Ports.First)))
		if err == nil {
			_, _ = conn.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		}
	}()
	w.arrives()
	stranger.says("stranger", <-refused, "no connection")
}

// TestPortsTaken has another program on the first ports.
func TestPortsTaken(t *testing.T) {
	w := newWorld(t, sends, receives)
	w.write("in", data(chunkMax))
	for i := range 2 {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(w.receive.task.Ports.First+i)))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conn.Close()
			}
		}()
	}
	w.arrives()
	t.Run("all of them", func(t *testing.T) {
		w := newWorld(t, sends, receives)
		w.receive.task.Ports.Count = 1
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(w.receive.task.Ports.First)))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		w.says("receiver", w.receive.run(t.Context()), "no port to wait on", "in use")
	})
}

// TestSlowTool keeps the sender within the window.
func TestSlowTool(t *testing.T) {
	w := newWorld(t, sends, `sleep 1; `+receives)
	w.write("in", data(2*window*chunkMax))
	w.arrives()
}

func TestRate(t *testing.T) {
	w := newWorld(t, sends, receives)
	w.send.task.MaxRate = 4 << 20
	w.write("in", data(6<<20))
	begun := time.Now()
	w.arrives()
	if took := time.Since(begun); took < 1100*time.Millisecond { // how much longer, is the machine's affair
		t.Errorf("6 MiB at 4 MiB/s took %s", took)
	}
}

func TestSocketIsRelative(t *testing.T) {
	if filepath.IsAbs(task.Socket) {
		t.Error("a path in a job's folder may be longer than a socket's may")
	}
}

func TestStrangeVersions(t *testing.T) {
	w := newWorld(t, sends, receives)
	path := w.write(task.File, []byte(`{"version": 99}`))
	if _, err := task.Read(path); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("read a task of version 99: %v", err)
	}
	if _, err := task.Read(filepath.Join(w.dir, "nothing")); err == nil {
		t.Error("read a task that is not there")
	}
}
