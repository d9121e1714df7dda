package talk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
)

// Question is some commands to ask at once.
type Question struct {
	Title    string
	Commands [][]string
	ReadOnly bool // they change nothing on the server
}

// Ask asks in one round trip and returns as many replies, in the order of the commands. A command that the server refused
// has its reason in its reply.
func (p Place) Ask(ctx context.Context, r remote.Runner, q Question) ([]Reply, error) {
	mark := newMark()
	input := p.opening(mark)
	for _, words := range q.Commands {
		input += p.line(words) + p.end()
	}
	cmd, err := p.command(q.Title, strings.NewReader(input), nil, q.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Server(), err)
	}
	result, err := r.Run(ctx, cmd)
	if err != nil {
		return nil, err
	}
	replies, err := ParseReplies(result.Stdout, mark, q.Commands)
	if err == nil {
		for i := range replies {
			if e, is := errors.AsType[*Error](replies[i].Err); is {
				e.Server = r.Server()
			}
		}
		return replies, nil
	}
	if errors.Is(err, ErrRefused) {
		return nil, fmt.Errorf("%s: %w", r.Server(), err)
	}
	why := strings.TrimSpace(result.Stderr)
	if why == "" {
		why = err.Error()
	}
	return nil, fmt.Errorf("%s: %s: %s", r.Server(), q.Title, firstLine(why))
}

// Must is the error of the first reply that has one.
func Must(replies []Reply, err error) ([]Reply, error) {
	if err != nil {
		return nil, err
	}
	for _, r := range replies {
		if r.Err != nil {
			return nil, r.Err
		}
	}
	return replies, nil
}

// ParseReplies reads what the client printed for these commands on a connection of that name.
func ParseReplies(output, mark string, commands [][]string) ([]Reply, error) {
	out := bufio.NewReader(strings.NewReader(output))
	if err := readOpening(out, mark); err != nil {
		return nil, err
	}
	replies := make([]Reply, len(commands))
	for i, words := range commands {
		text, err := read(out, mark)
		if err != nil {
			return nil, err
		}
		replies[i] = reply(text, words)
	}
	return replies, nil
}

func reply(text string, words []string) Reply {
	if message, bad := refused(text); bad {
		return Reply{Err: &Error{Command: named(words), Message: message}}
	}
	return Reply{Text: text}
}

// named is a command without its values, which may be secret.
func named(words []string) string {
	two := map[string]bool{"CONFIG": true, "ACL": true, "CLIENT": true, "FUNCTION": true}
	if len(words) > 1 && two[strings.ToUpper(words[0])] {
		name := words[0] + " " + words[1]
		if len(words) > 2 && strings.EqualFold(words[0], "CONFIG") {
			name += " " + words[2]
		}
		return name
	}
	return words[0]
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
