package postgresql

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

//go:embed scripts/inspect.sh
var inspectScript string

//go:embed scripts/inspect.sql
var inspectSQL string

// Inspect asks one server for everything that status (Glance) or a plan (Survey) needs, in one round trip.
func (e *Engine) Inspect(ctx context.Context, node replication.Node, depth replication.Depth) replication.Facts {
	facts := replication.Facts{Node: node, At: time.Now()}
	s := node.Settings
	port := ""
	if s.Port != 0 {
		port = strconv.Itoa(s.Port)
	}
	level := "glance"
	if depth == replication.Survey {
		level = "survey"
	}
	cmd, err := asAdmin(node, remote.Command{
		Title:    "inspect PostgreSQL",
		Script:   replica.HostScript + replica.NotesScript + inspectScript,
		Args:     []string{port, s.DataDir, s.ConfigDir, s.Service, level},
		Stdin:    strings.NewReader(inspectSQL),
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
	if err := parseInspection(&facts, result.Stdout, time.Now()); err != nil {
		facts.Err = fmt.Errorf("%s: reading what it said of itself: %w", node.Label, err)
	}
	return facts
}

// parseInspection reads the name=value lines of inspect.sh and the JSON objects of inspect.sql.
func parseInspection(facts *replication.Facts, out string, answered time.Time) error {
	n := &native{Settings: map[string]setting{}}
	var sql struct {
		ServerVersion string  `json:"server_version"`
		Now           float64 `json:"now"`
	}
	var extra surveyAnswer
	values, err := replica.ParseAnswer(out)
	if err != nil {
		return err
	}
	for _, text := range values["json"] {
		for _, into := range []any{n, &sql, &extra} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				return fmt.Errorf("reading %.60s…: %w", text, err)
			}
		}
	}

	facts.Host = values.Host(facts.At, answered)
	facts.Installed = values.Is("installed")
	facts.Problem = values.Get("problem")
	facts.Running = len(values["json"]) > 0 && facts.Problem == ""
	if !facts.Installed && facts.Problem == "" {
		facts.Problem = "PostgreSQL is not installed"
	}
	n.place = placeOf(values)
	if n.SystemIdentifier == "" {
		n.SystemIdentifier = values.Get("control_id")
	}
	n.Rules = append(n.Rules, values["rule"]...)
	n.HBA = hbaLines(n.Rules)
	n.read(values)
	if n.Unfinished != nil {
		facts.Unfinished = n.Unfinished.Command
	}
	facts.Kept = n.KeptData()
	n.Now = sql.Now
	n.survey = extra.survey(values)
	facts.Native = n

	facts.Version = sql.ServerVersion
	if facts.Version == "" {
		facts.Version = values.Get("version")
	}
	facts.Identity = n.SystemIdentifier
	facts.Replica = n.InRecovery || n.StandbySignal
	facts.Writable = facts.Running && !n.InRecovery
	facts.Position = n.LSN
	if facts.Running {
		facts.Instance = n.SystemIdentifier + "@" + n.Started
	}
	if r := n.Receiver; r != nil && r.Host != "" {
		facts.Follows = fmt.Sprintf("%s:%d", r.Host, r.Port)
	} else if facts.Replica {
		facts.Follows = upstream(n.conninfo())
	}
	return nil
}

func placeOf(values replica.Answer) place {
	socket := values.Get("socket_dir")
	if i := strings.IndexByte(socket, ','); i >= 0 {
		socket = socket[:i]
	}
	return place{
		Owner: values.Get("owner"), Version: int(values.Int("version")), Cluster: values.Get("cluster"), Service: values.Get("service"),
		BinDir: values.Get("bin_dir"), DataDir: values.Get("data_dir"), ConfigDir: values.Get("config_dir"), SocketDir: socket, Port: int(values.Int("port")),
	}
}

// surveyAnswer is the second part of inspect.sql.
type surveyAnswer struct {
	Databases []database        `json:"databases"`
	WALBytes  int64             `json:"wal_bytes"`
	OldestWAL string            `json:"oldest_wal"`
	Locales   map[string]string `json:"locales"`
	HBAErrors []string          `json:"hba_errors"`
	Writes    int64             `json:"writes"`
	WALPerSec float64           `json:"wal_per_sec"`
}

func (a surveyAnswer) survey(values replica.Answer) *survey {
	if values.Get("free") == "" {
		return nil
	}
	s := &survey{
		Databases: a.Databases, WALBytes: a.WALBytes, OldestWAL: a.OldestWAL, Locales: a.Locales, HBAErrors: a.HBAErrors,
		Writes: a.Writes, WALPerSec: a.WALPerSec,
		FreeBytes: values.Int("free"), WALFree: values.Int("wal_free"), UsedBytes: values.Int("used"), Mount: values.Is("mount"),
	}
	for _, d := range a.Databases {
		s.DataBytes += d.Bytes
	}
	s.DataBytes += a.WALBytes
	return s
}

// read takes what the data folder tells even when nothing runs, and what Belt left on the server.
func (n *native) read(values replica.Answer) {
	n.Notes = values.Notes()
	n.Alive = values.Is("alive")
	n.Control = values.Get("control")
	for name := range values {
		if bare, ok := strings.CutPrefix(name, "setting."); ok {
			n.Settings[bare] = setting{Value: values.Get(name)}
		}
	}
	n.ControlLSN = values.Get("control_lsn")
	n.WALEnd = values.Get("wal_end")
	n.RewindSafe = values.Is("rewind_safe")
	n.StandbySignal = values.Is("standby_signal")
	n.Conninfo = values.Get("conninfo")
	n.MissingTools = strings.Fields(values.Get("missing"))
	// What cannot be read counts as nothing noted.
	_ = json.Unmarshal([]byte(n.Notes.Written), &n.Written)
	_ = json.Unmarshal([]byte(n.Notes.Saved), &n.Saved)
}
