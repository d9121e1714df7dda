package sshrun

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// startProxy runs a ProxyCommand and talks through its standard input and output.
func startProxy(command string) (net.Conn, error) {
	cmd := exec.Command("/bin/sh", "-c", "exec "+command)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &proxyConn{Reader: out, WriteCloser: in, cmd: cmd, command: command}
	cmd.Stderr = &p.stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start ProxyCommand %q: %w", command, err)
	}
	return p, nil
}

// proxyConn is a ProxyCommand's pipes as a connection. Its end is noticed by reading.
type proxyConn struct {
	io.Reader
	io.WriteCloser
	cmd     *exec.Cmd
	command string
	stderr  lockedBuffer
	once    sync.Once
}

func (p *proxyConn) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if err == io.EOF {
		if said := strings.TrimSpace(p.stderr.String()); said != "" {
			err = fmt.Errorf("ProxyCommand %q: %s", p.command, said) // no EOF: trying again would not help
		}
	}
	return n, err
}

func (p *proxyConn) Close() error {
	p.once.Do(func() {
		p.WriteCloser.Close()
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	return nil
}

func (p *proxyConn) LocalAddr() net.Addr              { return proxyAddr{} }
func (p *proxyConn) RemoteAddr() net.Addr             { return proxyAddr{} }
func (p *proxyConn) SetDeadline(time.Time) error      { return nil }
func (p *proxyConn) SetReadDeadline(time.Time) error  { return nil }
func (p *proxyConn) SetWriteDeadline(time.Time) error { return nil }

type proxyAddr struct{}

func (proxyAddr) Network() string { return "proxy" }
func (proxyAddr) String() string  { return "0.0.0.0:0" }

// lockedBuffer keeps the first 4 KiB that a proxy says on its standard error.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Write(p[:min(len(p), max(0, 4096-b.buf.Len()))])
	return len(p), nil
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
