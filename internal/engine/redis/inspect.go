package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Inspect asks one server for everything that status (Glance) or a plan (Survey) needs, in one round trip.
func (e *Engine) Inspect(ctx context.Context, node replication.Node, depth replication.Depth) replication.Facts {
	facts := replication.Facts{Node: node, At: time.Now()}
	s := node.Settings
	port, level := "", "glance"
	if s.Port != 0 {
		port = strconv.Itoa(s.Port)
	}
	if depth == replication.Survey {
		level = "survey"
	}
	mark, questions := talk.Mark(), questionsFor(depth)
	login, input, err := questions.input(node, mark)
	if err != nil {
		facts.Err = err
		return facts
	}
	result, err := node.Runner.Run(ctx, remote.Command{
		Title: "inspect " + product(e.flavour), Script: inspectScript,
		Args:  []string{e.flavour, port, s.ConfigDir, s.DataDir, s.Service, level},
		Stdin: strings.NewReader(login + input), As: "root", ReadOnly: true, Private: true,
	})
	if err != nil {
		facts.Err = err
		return facts
	}
	e.hear(&facts, result.Stdout, questions, mark)
	return facts
}

// hear makes sense of what a server said: the script's own lines, and the instance's answers to the questions.
func (e *Engine) hear(facts *replication.Facts, text string, questions questions, mark string) {
	said, answers, _ := strings.Cut(text, "\nanswers\n")
	if err := e.parseInspection(facts, said, time.Now()); err != nil {
		facts.Err = fmt.Errorf("%s: reading what it said of itself: %w", facts.Node.Label, err)
		return
	}
	n := nativeOf(*facts)
	if !n.Alive || n.Client == "" {
		return
	}
	answers, complaint, _ := strings.Cut(answers, "\nproblem_client=")
	replies, err := talk.ParseReplies(answers, mark, questions.commands())
	switch {
	case errors.Is(err, talk.ErrRefused):
		n.Refused = true
		facts.Problem = err.Error() + ": name an account in belt.yaml: admin: {username: …, password_file: …}"
	case err != nil && n.copies(answers, mark, questions[:1]):
		take(facts, n)
	case err != nil:
		facts.Problem = "does not answer"
		if c := strings.TrimSpace(complaint); c != "" {
			facts.Problem += ": " + c
		}
	default:
		questions.read(n, replies)
		take(facts, n)
	}
}

// copies tells whether the instance answered only the first question, for INFO, because it is busy with a copy: over a slow
// link it comes to the others too seldom. What it said is kept.
func (n *native) copies(answers, mark string, first questions) bool {
	replies, err := talk.ParseReplies(answers, mark, first.commands())
	if err != nil {
		return false
	}
	first.read(n, replies)
	return n.Info["master_sync_in_progress"] == "1"
}
