package mysql

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed scripts/stands.sh
	standsScript string
	//go:embed scripts/inspect.sh
	inspectScript string
	//go:embed scripts/inspect_mariadb.sql
	inspectMariaDB string
	//go:embed scripts/survey_mariadb.sql
	surveyMariaDB string
	//go:embed scripts/inspect_mysql.sql
	inspectMySQL string
	//go:embed scripts/survey_mysql.sql
	surveyMySQL string
)

// inspection is the SQL of a look at an instance.
func (f flavour) inspection(depth replication.Depth) string {
	glance, more := inspectMariaDB, surveyMariaDB
	if f == mySQL {
		glance, more = inspectMySQL, surveyMySQL
	}
	if depth == replication.Survey {
		return glance + more
	}
	return glance
}

// Inspect asks one server for everything that status (Glance) or a plan (Survey) needs, in one round trip.
func (e *Engine) Inspect(ctx context.Context, node replication.Node, depth replication.Depth) replication.Facts {
	facts := replication.Facts{Node: node, At: time.Now()}
	s := node.Settings
	port := ""
	if s.Port != 0 {
		port = fmt.Sprint(s.Port)
	}
	level := "glance"
	if depth == replication.Survey {
		level = "survey"
	}
	cmd, err := asAdmin(node, remote.Command{
		Title:    "inspect " + e.flavour.title(),
		Script:   replica.HostScript + replica.NotesScript + standsScript + inspectScript,
		Args:     []string{string(e.flavour), port, s.DataDir, s.ConfigDir, s.Service, level},
		Stdin:    strings.NewReader(e.flavour.inspection(depth)),
		As:       "root",
		ReadOnly: true,
	})
	if err != nil {
		facts.Err = err
		return facts
	}
	result, err := node.Runner.Run(ctx, cmd)
	if err != nil {
		facts.Err = err
		return facts
	}
	if err := e.read(&facts, result.Stdout, time.Now()); err != nil {
		facts.Err = fmt.Errorf("%s: reading what it said of itself: %w", node.Label, err)
	}
	return facts
}

// read makes facts of what inspect.sh printed.
func (e *Engine) read(facts *replication.Facts, out string, answered time.Time) error {
	server, instance, _ := strings.Cut(out, "\nanswers\n")
	values, err := replica.ParseAnswer(server)
	if err != nil {
		return err
	}
	n := &native{flavour: e.flavour, Settings: map[string]setting{}, Notes: values.Notes(), place: placeOf(values)}
	replies, err := readReplies(instance, values.Is("alive"))
	if err != nil {
		return err
	}
	for _, text := range replies.json {
		if err := json.Unmarshal([]byte(text), n); err != nil {
			return fmt.Errorf("reading %.60s…: %w", text, err)
		}
	}
	n.File, n.Position, n.Logs, n.Channels = replies.file, replies.position, replies.logs, replies.channels
	n.LogDo, n.LogIgnore = replies.do, replies.ignore
	if n.survey, err = surveyOf(values, replies.json); err != nil {
		return err
	}

	facts.Host = values.Host(facts.At, answered)
	facts.Installed = values.Is("installed")
	facts.Problem = values.Get("problem")
	answers := len(replies.json) > 0
	if n.Alive && !answers && facts.Problem == "" {
		facts.Problem = replies.problem
	}
	if !facts.Installed && facts.Problem == "" {
		facts.Problem = e.flavour.title() + " is not installed"
	}
	if !answers {
		n.stands(values.Get("stands"))
	}
	facts.Running = answers && facts.Problem == ""
	facts.Native = n
	if n.Unfinished != nil {
		facts.Unfinished = n.Unfinished.Command
	}
	facts.Kept = n.KeptData()

	facts.Version = values.Get("version")
	if n.Version != "" {
		facts.Version = parseVersion(n.Version).String()
	}
	n.version = parseVersion(facts.Version)
	n.roles(facts)
	return nil
}

// roles says what part the instance plays.
func (n *native) roles(facts *replication.Facts) {
	facts.Identity = n.Made
	facts.Writable = facts.Running && !n.ReadOnly
	if facts.Running {
		facts.Instance = n.Process
		facts.Position = n.position()
	}
	facts.Replica = len(n.Channels) > 0
	if facts.Replica {
		facts.Follows = n.Channels[0].Host + ":" + n.Channels[0].Port
		return
	}
	if facts.Running || !facts.Installed {
		return
	}
	// An instance that is down tells by its files, and by what Belt noted.
	if host, port, ok := strings.Cut(n.Followed, " "); ok && host != "" {
		facts.Replica, facts.Follows = true, host+":"+port
	} else if w := n.written(); w.Source != "" {
		facts.Replica, facts.Follows = true, w.Source
	}
}

// position is where the instance stands, in its own notation.
func (n *native) position() string {
	for _, p := range []string{n.Executed, n.position0()} {
		if p != "" {
			return strings.ReplaceAll(p, "\n", "")
		}
	}
	if !n.LogBin {
		return "no binary log"
	}
	return fmt.Sprintf("%s:%d", n.File, n.Position)
}

// position0 is MariaDB's: a replica stands where it has applied to, another server where its binary log ends.
func (n *native) position0() string {
	if len(n.Channels) > 0 && n.SlavePos != "" {
		return n.SlavePos
	}
	return n.BinlogPos
}

func placeOf(values replica.Answer) place {
	return place{
		Owner: values.Get("owner"), Program: values.Get("program"), Client: values.Get("client"), Service: values.Get("service"),
		DataDir: values.Get("data_dir"), Socket: values.Get("socket"), Port: int(values.Int("port")),
		MainFile: values.Get("main_file"), DropIns: values.Get("drop_ins"), Later: values.Get("later"), DropIn: values.Is("drop_in"),
		Alive: values.Is("alive"), Process: values.Get("process"), StartTook: float64(values.Int("start_took")) / 1e6,
		Followed: values.Get("master_info"), AppArmor: values.Get("apparmor"), Missing: strings.Fields(values.Get("missing")),
		CloneLibrary: values.Is("clone_library"), Dumper: values.Is("dumper"),
	}
}

func surveyOf(values replica.Answer, replies []string) (*survey, error) {
	if values.Get("free") == "" {
		return nil, nil
	}
	s := &survey{
		FreeBytes: values.Int("free"), LogFree: values.Int("log_free"), UsedBytes: values.Int("used"), Mount: values.Is("mount"),
		Links: values.Get("links"),
	}
	for _, text := range replies {
		if err := json.Unmarshal([]byte(text), s); err != nil {
			return nil, fmt.Errorf("reading %.60s…: %w", text, err)
		}
	}
	return s, nil
}
