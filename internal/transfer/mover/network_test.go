package mover

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dbbelt/belt/internal/transfer/task"
)

// wire is a network between the two ends that can be cut, be stopped for a while, and carry slowly.
type wire struct {
	to     string
	l      net.Listener
	cutAt  int64 // bytes after which a connection is cut, 0 for never
	rate   int64 // bytes per second and connection, 0 for no limit
	paused atomic.Bool
	cuts   atomic.Int64
	bytes  atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// between puts a wire before the receiver's port.
func (w *world) between(cutAt, rate int64) *wire {
	w.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	wr := &wire{to: net.JoinHostPort("127.0.0.1", strconv.Itoa(w.receive.task.Ports.First)), l: l, cutAt: cutAt, rate: rate, conns: map[net.Conn]bool{}}
	w.send.task.Ports = task.Ports{First: l.Addr().(*net.TCPAddr).Port, Count: 1}
	w.Cleanup(func() { l.Close(); wr.cut() })
	go wr.accept()
	return wr
}

func (w *wire) accept() {
	for {
		a, err := w.l.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", w.to)
		if err != nil {
			a.Close()
			continue
		}
		w.mu.Lock()
		w.conns[a], w.conns[b] = true, true
		w.mu.Unlock()
		var carried atomic.Int64
		go w.carry(a, b, &carried)
		go w.carry(b, a, &carried)
	}
}

func (w *wire) carry(from, to net.Conn, carried *atomic.Int64) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 16<<10)
	for {
		for w.paused.Load() {
			time.Sleep(time.Millisecond)
		}
		n, err := from.Read(buf)
		for w.paused.Load() {
			time.Sleep(time.Millisecond)
		}
		if n > 0 {
			w.bytes.Add(int64(n))
			if w.cutAt > 0 && carried.Add(int64(n)) > w.cutAt {
				w.cuts.Add(1)
				return
			}
			if w.rate > 0 {
				time.Sleep(time.Duration(int64(time.Second) * int64(n) / w.rate))
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if errors.Is(err, io.EOF) {
			if half, is := to.(*net.TCPConn); is && half.CloseWrite() == nil {
				_, _ = io.Copy(io.Discard, from)
				time.Sleep(10 * time.Millisecond) // the other direction has a last word
			}
			return
		}
		if err != nil {
			return
		}
	}
}

// cut breaks all connections there are.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		c.Close()
		delete(w.conns, c)
	}
}
