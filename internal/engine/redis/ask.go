package redis

import (
	"context"
	"errors"
	"fmt"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/pkg/replication"
)

// talkTo is how the instance is reached on its own server.
func talkTo(f replication.Facts) talk.Place {
	n := nativeOf(f)
	return talk.Place{
		Client: n.Client, Config: n.Config, Socket: n.Socket, Host: n.Host, Port: n.reachedAt(), TLS: n.TLS,
		Authority: n.Authority, Cert: n.Cert, Key: n.Key,
		User: f.Node.Settings.AdminUser, Password: f.Node.Settings.AdminPassword, Renamed: n.Conf.Renamed(),
	}
}

func (n *native) reachedAt() int {
	if n.TLS {
		return int(n.setting("tls-port"))
	}
	return n.Port
}

// command is one command of Redis, as words.
type command = []string

// ask asks what changes nothing.
func ask(ctx context.Context, f replication.Facts, title string, commands ...command) ([]talk.Reply, error) {
	return talk.Must(talkTo(f).Ask(ctx, f.Node.Runner, talk.Question{Title: title, Commands: commands, ReadOnly: true}))
}

// change runs what changes something.
func change(ctx context.Context, f replication.Facts, title string, commands ...command) ([]talk.Reply, error) {
	return talk.Must(talkTo(f).Ask(ctx, f.Node.Runner, talk.Question{Title: title, Commands: commands}))
}

// answers is nil when the instance takes commands.
func answers(ctx context.Context, f replication.Facts) error {
	replies, err := talkTo(f).Ask(ctx, f.Node.Runner, talk.Question{
		Title: "see whether " + product(nativeOf(f).flavour) + " answers", Commands: []command{{"INFO", "server"}}, ReadOnly: true,
	})
	if err != nil {
		return err
	}
	return replies[0].Err
}

// info asks for INFO.
func info(ctx context.Context, f replication.Facts, title string) (map[string]string, error) {
	replies, err := ask(ctx, f, title, command{"INFO"})
	if err != nil {
		return nil, err
	}
	fields := replies[0].Fields()
	if fields["role"] == "" {
		return nil, fmt.Errorf("%s: %s: an answer without a role", f.Node.Label, title)
	}
	return fields, nil
}

// isRefusal tells whether the server itself said no, and did not fail to be reached.
func isRefusal(err error) (*talk.Error, bool) {
	return errors.AsType[*talk.Error](err)
}
