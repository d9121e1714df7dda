package sshrun

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startProxy runs a ProxyCommand and talks through its standard input and output.
func startProxy(command string) (net.Conn, error) {
	out, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command("/bin/sh", "-c", "exec "+command)
	p := &proxyConn{Reader: out, command: command, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = theirs, &p.said
	// A group of its own: Ctrl-C must not end the connection that a rollback needs, and its children end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("start ProxyCommand %q: %w", command, err)
	}
	p.WriteCloser = in
	p.close = sync.OnceFunc(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
		out.Close()
	})
	go func() {
		p.status = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// proxyConn is a ProxyCommand's pipes as a connection.
type proxyConn struct {
	io.Reader
	io.WriteCloser
	command string
	said    firstWords
	ended   chan struct{} // closed when it has ended; status is set then
	status  error
	close   func()
}

func (p *proxyConn) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	return n, p.explain(err)
}

func (p *proxyConn) Write(b []byte) (int, error) {
	n, err := p.WriteCloser.Write(b)
	return n, p.explain(err)
}

// explain says how the command ended instead of a mere broken pipe: dialling again would not help.
func (p *proxyConn) explain(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-p.ended:
		return fmt.Errorf("ProxyCommand %q ended (%w): %s", p.command, p.status, strings.TrimSpace(p.said.String()))
	case <-time.After(time.Second):
		return fmt.Errorf("ProxyCommand %q closed its pipe: %s", p.command, strings.TrimSpace(p.said.String()))
	}
}

func (p *proxyConn) Close() error                     { p.close(); return nil }
func (p *proxyConn) LocalAddr() net.Addr              { return proxyAddr{} }
func (p *proxyConn) RemoteAddr() net.Addr             { return proxyAddr{} }
func (p *proxyConn) SetDeadline(time.Time) error      { return nil }
func (p *proxyConn) SetReadDeadline(time.Time) error  { return nil }
func (p *proxyConn) SetWriteDeadline(time.Time) error { return nil }

type proxyAddr struct{}

func (proxyAddr) Network() string { return "proxy" }
func (proxyAddr) String() string  { return "0.0.0.0:0" }

// firstWords keeps the first 4 KiB that a proxy says on its standard error.
type firstWords struct {
	mu  sync.Mutex
	buf []byte
}

func (b *firstWords) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf = append(b.buf, p[:min(len(p), max(0, 4096-len(b.buf)))]...)
	return len(p), nil
}

func (b *firstWords) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.buf)
}
