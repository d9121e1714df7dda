package mover

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

// recorded is a stream of some small chunks as it goes over one connection, and where its frames begin.
func recorded(t *testing.T, mode string, pieces ...[]byte) (stream []byte, starts []int) {
	t.Helper()
	var out bytes.Buffer
	l := &line{conn: sink{&out}, quiet: time.Minute, over: make(chan struct{})}
	o := newOutgoing(window, &pacer{}, &press{mode: mode}, func() {})
	var tool []io.Reader
	for _, p := range pieces {
		tool = append(tool, bytes.NewReader(p))
	}
	if err := o.read(io.MultiReader(tool...), 64, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	for len(o.queue) > 0 {
		starts = append(starts, out.Len())
		c := o.take(l)
		var err error
		if c.kind == kindChunk {
			err = o.carry(l, c)
		} else {
			err = l.send(c.header, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes(), starts
}

type sink struct{ io.Writer }

func (sink) Read([]byte) (int, error)           { return 0, io.EOF }
func (sink) Close() error                       { return nil }
func (sink) LocalAddr() net.Addr                { return nil }
func (sink) RemoteAddr() net.Addr               { return nil }
func (sink) SetDeadline(time.Time) error        { return nil }
func (sink) SetReadDeadline(t time.Time) error  { return nil }
func (sink) SetWriteDeadline(t time.Time) error { return nil }

// receive gives the bytes to a receiver, on one connection that then ends, and returns what its tool got and whether
// the receiver took it for whole.
func receive(t *testing.T, stream []byte) ([]byte, error) {
	t.Helper()
	i := newIncoming(window, func() {})
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- serve(t.Context(), here, i, hasty) }()
	go func() { _, _ = io.Copy(io.Discard, there) }()
	var out bytes.Buffer
	wrote := make(chan error, 1)
	go func() { wrote <- i.write(&out) }()
	go func() {
		_, _ = there.Write(stream)
		there.Close()
	}()
	select {
	case err := <-wrote:
		there.Close()
		<-served
		return out.Bytes(), err
	case <-served:
	}
	// Whatever came is heard: what is missing now will not come.
	settle := time.AfterFunc(5*time.Millisecond, func() { i.fail(errCut) })
	defer settle.Stop()
	err := <-wrote
	return out.Bytes(), err
}

var errCut = errors.New("nothing more came")

// TestTruncated cuts a stream after every byte of it, the ends of its chunks among them: only the whole one is taken.
func TestTruncated(t *testing.T) {
	for _, mode := range []string{"never", "always"} {
		in := bytes.Repeat([]byte("abcdefgh"), 25)
		stream, starts := recorded(t, mode, in)
		if len(starts) != 5 {
			t.Fatalf("%d frames, not four chunks and a trailer", len(starts))
		}
		for n := range len(stream) {
			if out, err := receive(t, stream[:n]); err == nil {
				t.Errorf("%s compressed: %d of %d bytes, with %d of %d for the tool, were taken for whole", mode, n, len(stream), len(out), len(in))
			}
		}
		if out, err := receive(t, stream); err != nil || !bytes.Equal(out, in) {
			t.Errorf("%s compressed: the whole stream: %v", mode, err)
		}
	}
}

// TestWithoutAFrame leaves out each frame, and sends each twice.
func TestWithoutAFrame(t *testing.T) {
	in := data(300)
	stream, starts := recorded(t, "never", in)
	ends := append(slices.Clone(starts[1:]), len(stream))
	for i := range starts {
		less := slices.Concat(stream[:starts[i]], stream[ends[i]:])
		if _, err := receive(t, less); err == nil {
			t.Errorf("without frame %d it was taken for whole", i)
		}
		more := slices.Concat(stream[:ends[i]], stream[starts[i]:])
		if out, err := receive(t, more); err != nil || !bytes.Equal(out, in) {
			t.Errorf("with frame %d twice: %v", i, err)
		}
	}
}

// TestDisorder sends the frames backwards, as several connections may.
func TestDisorder(t *testing.T) {
	in := data(640)
	stream, starts := recorded(t, "never", in)
	ends := append(slices.Clone(starts[1:]), len(stream))
	var backwards []byte
	for i := len(starts) - 1; i >= 0; i-- {
		backwards = append(backwards, stream[starts[i]:ends[i]]...)
	}
	if out, err := receive(t, backwards); err != nil || !bytes.Equal(out, in) {
		t.Errorf("%v, %d bytes of %d", err, len(out), len(in))
	}
}

// TestCorrupted changes every byte of a stream: what is taken for whole is what was sent.
func TestCorrupted(t *testing.T) {
	for _, mode := range []string{"never", "always"} {
		in := bytes.Repeat([]byte("abcdefgh"), 18)
		stream, _ := recorded(t, mode, in)
		for at := range stream {
			for _, change := range []byte{0x01, 0x80, 0xff} {
				broken := slices.Clone(stream)
				broken[at] ^= change
				if out, err := receive(t, broken); err == nil && !bytes.Equal(out, in) {
					t.Fatalf("%s compressed: byte %d changed by %#x: taken for whole, and is not", mode, at, change)
				}
			}
		}
	}
}

// TestDamageOnTheWay damages a chunk on its first way: it is sent again.
func TestDamageOnTheWay(t *testing.T) {
	in := data(1000)
	stream, starts := recorded(t, "never", in)
	i := newIncoming(window, func() {})
	var out bytes.Buffer
	wrote := make(chan error, 1)
	go func() { wrote <- i.write(&out) }()
	broken := slices.Clone(stream)
	broken[starts[3]+40] ^= 1
	for _, s := range [][]byte{broken, stream} {
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		go func() {
			_, _ = there.Write(s)
			there.Close()
		}()
		if err := serve(t.Context(), here, i, hasty); err == nil {
			t.Error("the connection ended without a reason")
		}
	}
	if err := <-wrote; err != nil || !bytes.Equal(out.Bytes(), in) {
		t.Errorf("%v, %d bytes of %d", err, out.Len(), len(in))
	}
	if i.corrupt != 1 {
		t.Errorf("%d damaged chunks", i.corrupt)
	}
}

// TestDamageWithoutEnd gives up when damage is no accident.
func TestDamageWithoutEnd(t *testing.T) {
	stream, _ := recorded(t, "never", data(100))
	stream[30] ^= 1
	i := newIncoming(window, func() {})
	wrote := make(chan error, 1)
	go func() { wrote <- i.write(io.Discard) }()
	for range corruptMax + 1 {
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		go func() { _, _ = there.Write(stream) }()
		_ = serve(context.Background(), here, i, hasty)
		there.Close()
	}
	if err := <-wrote; err == nil {
		t.Error("it was taken for whole")
	}
}

// TestWindow lets the sender be no further ahead of the tool than the window.
func TestWindow(t *testing.T) {
	o := newOutgoing(3, &pacer{}, &press{mode: "never"}, func() {})
	read := make(chan error, 1)
	go func() { read <- o.read(bytes.NewReader(data(640)), 64, func() error { return nil }) }()
	l := &line{conn: sink{io.Discard}, quiet: time.Minute, over: make(chan struct{})}
	var sent uint64
	for taken := uint64(0); taken < 10; taken++ {
		for sent < min(taken+3, 10) {
			if c := o.take(l); c.number != sent {
				t.Fatalf("chunk %d instead of %d", c.number, sent)
			}
			if err := o.hear(l, header{kind: kindAck, number: sent, taken: taken}); err != nil {
				t.Fatal(err)
			}
			sent++
		}
		o.mu.Lock()
		ahead := o.next - o.taken
		o.mu.Unlock()
		if ahead > 3 {
			t.Errorf("%d chunks ahead of the tool", ahead)
		}
		if err := o.hear(l, header{kind: kindAck, number: nothing, taken: taken + 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-read; err != nil {
		t.Error(err)
	}
	if err := o.hear(l, header{kind: kindAck, number: nothing, taken: 11}); err == nil {
		t.Error("an ack of what was not sent was taken")
	}
}
