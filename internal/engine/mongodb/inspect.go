package mongodb

import (
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
	"github.com/dbbelt/belt/pkg/yamltext"
)

//go:embed scripts/inspect.sh
var inspectScript string

// Inspect asks the server, and then the mongod that runs there.
func (e *Engine) Inspect(ctx context.Context, node replication.Node, depth replication.Depth) replication.Facts {
	facts := replication.Facts{Node: node, At: time.Now()}
	set, port, level := node.Settings, "", "glance"
	if set.Port != 0 {
		port = strconv.Itoa(set.Port)
	}
	if depth == replication.Survey {
		level = "survey"
	}
	result, err := node.Runner.Run(ctx, remote.Command{
		Title: "inspect MongoDB", Script: replica.HostScript + replica.NotesScript + inspectScript,
		Args: []string{port, set.DataDir, set.ConfigDir, set.Service, level}, As: "root", ReadOnly: true,
		Private: true, // mongod.conf may hold the password of a certificate's key
	})
	if err != nil {
		facts.Err = err
		return facts
	}
	answer, err := replica.ParseAnswer(result.Stdout)
	if err != nil {
		facts.Err = fmt.Errorf("%s: reading what it said of itself: %w", node.Label, err)
		return facts
	}
	facts.Host = answer.Host(facts.At, time.Now())
	n := readServer(&facts, answer)
	if depth == replication.Survey && answer.Get("free") != "" {
		n.survey = &survey{
			FreeBytes: answer.Int("free"), UsedBytes: answer.Int("used"), Mount: answer.Is("mount"), Tools: answer.Get("tools"),
			Missing: strings.Fields(answer.Get("missing")),
		}
	}
	if n.Alive {
		if err := e.interview(ctx, &facts, n); ctx.Err() != nil {
			facts.Err = context.Cause(ctx)
		} else if _, login := errors.AsType[*loginError](err); login {
			facts.Err = err
		} else if err != nil {
			facts.Problem = err.Error()
		} else {
			facts.Running = true
		}
	}
	sum(&facts, n)
	return facts
}

// readServer takes what the server itself says of the instance.
func readServer(facts *replication.Facts, a replica.Answer) *native {
	n := &native{
		place: place{
			Owner: a.Get("owner"), Service: a.Get("service"), Program: a.Get("program"), ConfFile: a.Get("conf_file"), DataDir: a.Get("data_dir"), Port: int(a.Int("port")),
		},
		Notes: a.Notes(), Alive: a.Is("alive"), Conf: map[string]string{},
	}
	facts.Native = n
	facts.Installed, facts.Problem, facts.Version = a.Is("installed"), a.Get("problem"), a.Get("version")
	if !facts.Installed && facts.Problem == "" {
		facts.Problem = "MongoDB is not installed"
	}
	facts.Kept = n.KeptData()
	if n.Unfinished != nil {
		facts.Unfinished = n.Unfinished.Command
	}
	text, err := base64.StdEncoding.DecodeString(a.Get("conf"))
	if err != nil {
		n.BadConf = err.Error()
		return n
	}
	settings, err := yamltext.ReadSettings(string(text))
	if err != nil {
		n.BadConf = err.Error()
		return n
	}
	n.Conf = settings.All()
	if port, err := strconv.Atoi(n.Conf["net.port"]); err == nil && !n.Alive {
		n.Port = port
	}
	return n
}

// sum says in the words of all engines what was learnt.
func sum(f *replication.Facts, n *native) {
	f.Position = "no oplog"
	if at := n.applied(); !at.zero() {
		f.Position = at.String()
	}
	if !f.Running {
		// What an instance that does not run was is for Belt's notes to say.
		f.Replica = n.Written != "" && n.Conf["replication.replSetName"] != ""
		return
	}
	f.Instance = n.Hello.Topology.Process.Hex()
	f.Writable = n.Hello.Writable
	f.Replica = !f.Writable && n.inSet()
	if f.Replica {
		f.Follows = n.Hello.Primary
		if f.Follows == "" {
			f.Follows = electable(n.Config, n.Hello.Me)
		}
	}
}

// electable is the only other member that could be the primary; empty when there are several, or none.
func electable(c *setConfig, me string) string {
	found := ""
	for _, m := range c.members() {
		if m.Priority > 0 && m.Votes > 0 && m.Host != me {
			if found != "" {
				return ""
			}
			found = m.Host
		}
	}
	return found
}
