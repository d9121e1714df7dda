package transfer

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/dbbelt/belt/internal/transfer/task"
	"github.com/dbbelt/belt/pkg/remote"
)

//go:embed sh/knock.sh
var knockSh string

const (
	knockTime    = 6 * time.Second
	knockMeasure = 400 * time.Millisecond
)

// Place is a server as [Mover.Probe] looks at it.
type Place struct {
	Runner  remote.Runner
	Arch    string // as uname -m says it
	Address string // where the other server reaches it
}

// Probe finds the way from one server to the other: both wait for a call and call each other, at once. Pushing is
// preferred, since the receiver is no production server. The mover is in a temporary folder on both for these seconds;
// so it passes the guard of what only reads.
func (j *Jobs) Probe(ctx context.Context, from, to Place) (Path, error) {
	token := rand.Text()
	var there, here task.Answer // of the sender's call, and of the receiver's
	if err := together(
		func() (err error) { there, err = j.knock(ctx, from, to.Address, token); return err },
		func() (err error) { here, err = j.knock(ctx, to, from.Address, token); return err },
	); err != nil {
		return Path{}, err
	}
	return choose(from, to, there, here), nil
}

// choose takes the best way that the answers leave.
func choose(from, to Place, there, here task.Answer) Path {
	cannot := func(who, whom Place, own, other task.Answer) string {
		if other.NoPort != "" {
			return fmt.Sprintf("%s: %s", whom.Runner.Server(), other.NoPort)
		}
		return fmt.Sprintf("%s does not reach %s: %s", who.Runner.Server(), whom.Runner.Server(), own.Error)
	}
	switch {
	case there.Port != 0:
		return Path{Way: ToPush, Address: to.Address, Rate: there.Rate}
	case here.Port != 0:
		return Path{Way: ToPull, Address: from.Address, Rate: here.Rate, Detail: cannot(from, to, there, here)}
	}
	return Path{Way: Relayed, Detail: cannot(from, to, there, here) + "; " + cannot(to, from, here, there)}
}

func (j *Jobs) knock(ctx context.Context, at Place, call, token string) (task.Answer, error) {
	var answer task.Answer
	program, err := j.program(at.Arch)
	if err != nil {
		return answer, fmt.Errorf("%s: %w", at.Runner.Server(), err)
	}
	question, err := json.Marshal(task.Knock{
		Token: token, Listen: at.Address, Call: call, Ports: DefaultPorts, Time: knockTime, Measure: knockMeasure,
	})
	if err != nil {
		return answer, err
	}
	result, err := at.Runner.Run(ctx, remote.Command{
		Title: "see whether " + call + " is reached", Script: knockSh, Args: []string{string(question)},
		As: "root", Stdin: bytes.NewReader(program), ReadOnly: true,
	})
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal([]byte(result.Stdout), &answer); err != nil {
		return answer, fmt.Errorf("%s: what came of calling %s: %w", at.Runner.Server(), call, err)
	}
	return answer, nil
}
