package remotetest

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

func (s *Server) session(nc ssh.NewChannel) {
	s.mu.Lock()
	if s.opts.MaxSessions > 0 && s.sessions >= s.opts.MaxSessions {
		s.mu.Unlock()
		nc.Reject(ssh.ConnectionFailed, "open failed") // as OpenSSH says it
		return
	}
	s.sessions++
	s.most = max(s.most, s.sessions)
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.sessions--; s.mu.Unlock() }()

	ch, reqs, err := nc.Accept()
	if err != nil {
		return
	}
	defer ch.Close()
	for req := range reqs {
		var payload struct{ Value string }
		switch req.Type {
		case "exec":
			ssh.Unmarshal(req.Payload, &payload)
			req.Reply(true, nil)
			s.exec(ch, reqs, payload.Value)
			return
		case "subsystem":
			ssh.Unmarshal(req.Payload, &payload)
			if payload.Value != "sftp" || s.opts.NoSFTP {
				req.Reply(false, nil)
				continue
			}
			req.Reply(true, nil)
			go ssh.DiscardRequests(reqs)
			if server, err := sftp.NewServer(ch); err == nil {
				server.Serve()
			}
			return
		default:
			req.Reply(false, nil)
		}
	}
}

// exec runs a command as sshd does: in a session of its own, closing its input when the client goes, and leaving it
// running. Signals are not forwarded, as sshd does not for root.
func (s *Server) exec(ch ssh.Channel, reqs <-chan *ssh.Request, command string) {
	cmd := exec.Command(s.opts.Shell[0], append(append([]string{}, s.opts.Shell[1:]...), "-c", command)...)
	cmd.Env = append(os.Environ(), s.opts.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return
	}
	io.WriteString(ch, s.opts.Noise)
	io.WriteString(ch.Stderr(), s.opts.Noise)
	if err := cmd.Start(); err != nil {
		io.WriteString(ch.Stderr(), err.Error())
		status(ch, 127)
		return
	}
	go func() { io.Copy(stdin, ch); stdin.Close() }()
	var out sync.WaitGroup
	out.Add(2)
	go func() { defer out.Done(); copyOut(ch, stdout) }()
	go func() { defer out.Done(); copyOut(ch.Stderr(), stderr) }()
	done := make(chan struct{})
	go func() {
		out.Wait()
		finish(ch, cmd)
		close(done)
	}()
	for {
		select {
		case req, ok := <-reqs:
			if !ok {
				stdout.Close() // the client is gone: what the command still says reaches nobody
				stderr.Close()
				return
			}
			req.Reply(false, nil)
		case <-done:
			return
		}
	}
}

// copyOut copies a command's output to the client.
func copyOut(to io.Writer, from io.Reader) { io.Copy(to, from) }

func finish(ch ssh.Channel, cmd *exec.Cmd) {
	cmd.Wait()
	state := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !state.Signaled() {
		status(ch, uint32(state.ExitStatus()))
		return
	}
	names := map[syscall.Signal]string{syscall.SIGTERM: "TERM", syscall.SIGKILL: "KILL", syscall.SIGINT: "INT", syscall.SIGPIPE: "PIPE"}
	name := names[state.Signal()]
	if name == "" {
		name = strconv.Itoa(int(state.Signal()))
	}
	ch.SendRequest("exit-signal", false, ssh.Marshal(struct {
		Signal string
		Core   bool
		Text   string
		Lang   string
	}{Signal: name}))
}

func status(ch ssh.Channel, code uint32) {
	ch.SendRequest("exit-status", false, binary.BigEndian.AppendUint32(nil, code))
}

// forward serves direct-tcpip: what a jump host does.
func forward(nc ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	if err := ssh.Unmarshal(nc.ExtraData(), &to); err != nil {
		nc.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	c, err := net.Dial("tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		nc.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	defer c.Close()
	ch, reqs, err := nc.Accept()
	if err != nil {
		return
	}
	defer ch.Close()
	go ssh.DiscardRequests(reqs)
	go func() {
		io.Copy(ch, c)
		ch.CloseWrite()
	}()
	io.Copy(c, ch)
	c.(*net.TCPConn).CloseWrite()
	// The other direction ends when the far side closes, which a jump host waits for.
	io.Copy(io.Discard, ch)
}
