package transfer

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/internal/transfer/task"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

//go:embed sh/within.sh
var withinSh string

// takeTool is the receiver's script of a stream within one server.
const takeTool = "take"

// within moves a stream whose two ends are on one server: one job, and a pipe.
func (j *Jobs) within(ctx context.Context, s Stream, report plan.Progress) error {
	program, err := j.program(s.To.Arch)
	if err != nil {
		return fmt.Errorf("%s: %w", s.To.Runner.Server(), err)
	}
	files := map[string][]byte{task.Tool: []byte(s.From.Script), takeTool: []byte(s.To.Script)}
	secrets := map[string][]byte{task.Program: program}
	for _, e := range []End{s.From, s.To} {
		maps.Copy(files, e.Files)
		maps.Copy(secrets, e.Secrets)
	}
	script := function("send", task.Tool, s.From) + function("take", takeTool, s.To) + withinSh
	begun, err := job.Start(ctx, s.To.Runner, job.Spec{
		ID: s.ID + ".within", Title: s.Title, Script: script, Args: []string{s.From.As, s.To.As}, Files: files, Secrets: secrets,
	}, j.options...)
	if err != nil {
		return err
	}
	return begun.Follow(ctx, report)
}

// function is a shell function that runs one of the two scripts as its user.
func function(name, file string, e End) string {
	become := ""
	if e.As != "" && e.As != "root" {
		become = "setpriv --reuid=" + quote(e.As) + " --regid=\"$(id -g " + quote(e.As) + ")\" --init-groups -- "
	}
	words := make([]string, len(e.Args))
	for i, arg := range e.Args {
		words[i] = quote(arg)
	}
	return name + "() { " + become + "/bin/sh \"$BELT_FILES/" + file + "\" " + strings.Join(words, " ") + "; }\n"
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Read returns what one end's script left in a file of its folder, until Stop; empty where there is none. The sender's end
// is asked, else the receiver's.
func (j *Jobs) Read(ctx context.Context, s Stream, sender bool, name string) (string, error) {
	r, id := s.To.Runner, s.ID+".receive"
	switch {
	case s.Path.Way == Within:
		id = s.ID + ".within"
	case sender:
		r, id = s.From.Runner, s.ID+".send"
	}
	result, err := r.Run(ctx, remote.Command{
		Title: "read what " + id + " says", Script: `cat -- "$1" 2>/dev/null || :`,
		Args: []string{path.Join(job.At(r, id, j.options...).Dir(), "work", name)}, As: "root", ReadOnly: true,
	})
	return strings.TrimSpace(result.Stdout), err
}
