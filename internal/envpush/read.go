package envpush

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/remote"
)

// state is what a server said of its file.
type state struct {
	identity   string
	content    *[]byte // nil: there is no file
	staged     bool    // a file that an earlier push staged and did not switch
	owed       bool    // a command that an earlier push did not run, or that failed
	generation int     // the newest in its history
}

// read asks one server for its file. The error is a *[FolderError] where it cannot be written.
func (p *Pusher) read(ctx context.Context, s Server) (state, error) {
	ctx, cancel := p.bounded(ctx)
	defer cancel()
	var out bytes.Buffer
	_, err := s.Runner.Run(ctx, remote.Command{
		Title: "read the variables", Script: commonSh + readSh, Args: []string{s.File, p.dir(), s.key()},
		As: "root", ReadOnly: true, Private: true, Stdout: &out,
	})
	if err != nil {
		return state{}, err
	}
	st, problem, err := parseState(out.Bytes())
	switch {
	case err != nil:
		return st, fmt.Errorf("%s: read the variables: %w", s.Runner.Server(), err)
	case problem != "":
		return st, &FolderError{Server: s.Runner.Server(), App: s.App, Detail: problem}
	}
	return st, nil
}

// parseState reads what read.sh prints: a word and its value a line, and behind the word content the rest is content.
func parseState(out []byte) (st state, problem string, err error) {
	for len(out) > 0 {
		line, rest, _ := bytes.Cut(out, []byte("\n"))
		out = rest
		word, value, _ := strings.Cut(string(line), " ")
		switch word {
		case "problem":
			return st, value, nil
		case "identity":
			st.identity = value
		case "staged":
			st.staged = true
		case "owed":
			st.owed = true
		case "history":
			if e, ok := parseEntry([]byte(value)); ok {
				st.generation = max(st.generation, e.Generation)
			}
		case "content":
			st.content, out = &rest, nil
		default:
			return st, "", fmt.Errorf("unexpected answer %q", line)
		}
	}
	if st.identity == "" {
		return st, "", fmt.Errorf("the answer is cut short")
	}
	return st, "", nil
}

// Look is how a server's file differs from what it is to have.
type Look struct {
	Changes []envfile.Change // none: it has it all
	Owed    bool             // an earlier push did not come to its end here
	Err     error            // why the file cannot be read, written or edited; a *[FolderError] where its folder is why
}

// Look reads every server's file, side by side. It changes nothing.
func (p *Pusher) Look(ctx context.Context, servers []Server) []Look {
	looks := make([]Look, len(servers))
	p.each(len(servers), func(i int, _ func()) {
		s := servers[i]
		s.Runner = remote.Guard(s.Runner)
		st, err := p.read(ctx, s)
		if err == nil {
			_, looks[i].Changes, err = s.edit(st.content)
			err = named(s, err)
		}
		looks[i].Owed = st.staged || st.owed
		looks[i].Err = err
	})
	return looks
}

// named puts the server's name in front of an error that has none.
func named(s Server, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", s.Runner.Server(), err)
}
