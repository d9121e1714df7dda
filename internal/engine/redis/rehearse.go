package redis

import (
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// rehearse asks a second server, started for a moment from the same files, what the instance would say after a restart.
// extra is a file that is not included yet, or empty. A configuration with which the server would not start is an error.
func rehearse(ctx context.Context, f replication.Facts, extra string, commands ...command) ([]talk.Reply, error) {
	n, p, mark := nativeOf(f), talkTo(f), talk.Mark()
	login, err := p.Login()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Node.Label, err)
	}
	const title = "rehearse a restart"
	result, err := f.Node.Runner.Run(ctx, remote.Command{
		Title: title, Script: talk.ConfScript + talk.LoginScript + rehearseScript, As: "root", Private: true,
		Args:  []string{n.Program, n.Client, n.Config, n.Owner, n.Arguments, extra},
		Stdin: strings.NewReader(login + p.Input(mark, commands)),
	})
	if err != nil {
		return nil, err
	}
	replies, err := talk.ParseReplies(result.Stdout, mark, commands)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", f.Node.Label, title, err)
	}
	return replies, nil
}

// survives tells whether these settings have these values after a restart, and what wins where one has not.
func survives(ctx context.Context, f replication.Facts, wanted []settingChange) error {
	var commands []command
	for _, s := range wanted {
		commands = append(commands, command{"CONFIG", "GET", s.name})
	}
	replies, err := rehearse(ctx, f, "", commands...)
	if err != nil {
		return err
	}
	for i, s := range wanted {
		if s.name == "tls-port" || s.name == "port" {
			continue // the rehearsal listens nowhere; that the line is read is shown by its neighbours
		}
		if got := replies[i].Pairs()[s.name]; got != s.to {
			return fmt.Errorf("%s: after a restart %s would be %q and not %q%s", f.Node.Label, s.name, got, s.to, winner(ctx, f, s.name))
		}
	}
	return nil
}

// winner names the line that wins for a setting, as " (set by FILE:LINE)".
func winner(ctx context.Context, f replication.Facts, name string) string {
	n := nativeOf(f)
	if n.commandLine(name) {
		return " (set by " + n.Unit + " on the command line)"
	}
	now, err := readConf(ctx, f)
	if err != nil {
		return ""
	}
	if d, ok := now.Last(name); ok {
		return " (set by " + d.Place() + ")"
	}
	return ""
}

// readConf is the configuration as its files are now.
func readConf(ctx context.Context, f replication.Facts) (conf.Conf, error) {
	result, err := f.Node.Runner.Run(ctx, remote.Command{
		Title: "read the configuration", Script: talk.ConfScript + `directives "$1"`, Args: []string{nativeOf(f).Config},
		As: "root", ReadOnly: true, Private: true,
	})
	if err != nil {
		return nil, err
	}
	return conf.Parse(strings.Split(result.Stdout, "\n")), nil
}
