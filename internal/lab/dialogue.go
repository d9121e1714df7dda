package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// dialogue is a conversation with a server in lines of text, over one connection.
type dialogue struct {
	command []string                          // of docker, which ends when the connection does
	write   func(table string, id int64) turn // the statements for one row
	bye     string                            // before the end
}

// turn is one write. The answer has the line ack only if the row was written, and then, whatever became of it, the line end,
// but for a line that begins as one of mute: a server that says so answers nothing else.
type turn struct {
	send, ack, end string
	mute           []string
}

// program is a client program that stays.
type program struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Scanner
	talk   dialogue
	lost   bool // no more answers will come
}

func (d dialogue) dial(ctx context.Context) (session, error) {
	s := &program{cmd: exec.CommandContext(ctx, "docker", d.command...), talk: d}
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.stdout = bufio.NewScanner(stdout)
	return s, s.cmd.Start()
}

func (s *program) write(table string, id int64) error { return s.take(s.talk.write(table, id)) }

func (s *program) broken() bool { return s.lost }

// take returns nil once the server has acknowledged the row.
func (s *program) take(t turn) error {
	if _, err := io.WriteString(s.stdin, t.send); err != nil {
		s.lost = true
		return fmt.Errorf("connection lost: %w", err)
	}
	acked := false
	var said []string
	for s.stdout.Scan() {
		switch line := s.stdout.Text(); line {
		case t.ack:
			acked = true
		case t.end:
			if acked {
				return nil
			}
			return fmt.Errorf("refused: %s", strings.Join(said, " "))
		default:
			said = append(said, strings.TrimSpace(line))
			if slices.ContainsFunc(t.mute, func(begins string) bool { return strings.HasPrefix(line, begins) }) {
				s.lost = true
				return fmt.Errorf("refused: %s", strings.Join(said, " "))
			}
		}
	}
	s.lost = true
	if acked {
		return nil
	}
	return fmt.Errorf("connection lost: %s", strings.Join(said, " "))
}

func (s *program) close() {
	// A server that is gone takes no farewell, and the exit code says no more than the output did.
	_, _ = io.WriteString(s.stdin, s.talk.bye)
	s.stdin.Close()
	_ = s.cmd.Wait()
}
