package postgresql

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
		Script:   inspectScript,
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
	answered := time.Now()
	if err := parseInspection(&facts, result.Stdout); err != nil {
		facts.Err = fmt.Errorf("%s: reading what it said of itself: %w", node.Label, err)
		return facts
	}
	middle := facts.At.Add(answered.Sub(facts.At) / 2)
	if facts.Host.Clock > 0 {
		facts.Host.Skew = skew(facts.Host.Clock, facts.At, middle, answered)
	}
	return facts
}

// skew is how far the server's clock is ahead, in seconds. The server read it at some time between asked and answered,
// so only what lies outside of that span is certain.
func skew(clock float64, asked, middle, answered time.Time) float64 {
	at := func(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
	switch {
	case clock < at(asked):
		return clock - at(asked)
	case clock > at(answered):
		return clock - at(answered)
	default:
		return 0
	}
}

// parseInspection reads the name=value lines of inspect.sh and the JSON objects of inspect.sql.
func parseInspection(facts *replication.Facts, out string) error {
	n := &native{Settings: map[string]setting{}}
	values := map[string]string{}
	var sql struct {
		ServerVersion string  `json:"server_version"`
		Now           float64 `json:"now"`
	}
	var extra surveyAnswer
	answered := false
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if !ok {
			continue
		}
		switch name {
		case "json":
		case "kept":
			var k kept
			if json.Unmarshal([]byte(value), &k) == nil {
				n.Kept = append(n.Kept, k)
			}
			continue
		case "rule":
			n.Rules = append(n.Rules, value)
			continue
		case "begun":
			var u unfinished
			if json.Unmarshal([]byte(value), &u) == nil {
				n.Begun = append(n.Begun, u)
			}
			continue
		default:
			values[name] = value
			continue
		}
		answered = true
		for _, into := range []any{n, &sql, &extra} {
			if err := json.Unmarshal([]byte(value), into); err != nil {
				return fmt.Errorf("reading %.60s…: %w", value, err)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if values["hostname"] == "" {
		return fmt.Errorf("the answer is not that of the inspection: %.100q", out)
	}

	facts.Host = hostOf(values)
	facts.Installed = values["installed"] == "yes"
	facts.Problem = values["problem"]
	facts.Running = answered && facts.Problem == ""
	if !facts.Installed && facts.Problem == "" {
		facts.Problem = "PostgreSQL is not installed"
	}
	n.place = placeOf(values)
	if n.SystemIdentifier == "" {
		n.SystemIdentifier = values["control_id"]
	}
	n.HBA = hbaLines(n.Rules)
	n.notes(values)
	if n.Unfinished != nil {
		facts.Unfinished = n.Unfinished.Command
	}
	for _, k := range n.Kept {
		facts.Kept = append(facts.Kept, replication.KeptData{Run: k.Run, Command: k.Command, Time: k.Time, Bytes: k.Bytes, Replica: k.Replica})
	}
	n.Now = sql.Now
	n.survey = extra.survey(values)
	facts.Native = n

	facts.Version = sql.ServerVersion
	if facts.Version == "" {
		facts.Version = values["version"]
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

func hostOf(values map[string]string) replication.Host {
	memory, _ := strconv.ParseInt(values["memory_kb"], 10, 64)
	cores, _ := strconv.Atoi(values["cores"])
	clock, _ := strconv.ParseFloat(values["clock"], 64)
	return replication.Host{
		Hostname: values["hostname"], MachineID: values["machine_id"], Arch: values["arch"], OS: values["os"],
		Glibc: values["glibc"], Cores: cores, Memory: memory << 10, Clock: clock, Systemd: values["systemd"] == "yes",
		Addresses: strings.Fields(values["addresses"]),
	}
}

func placeOf(values map[string]string) place {
	port, _ := strconv.Atoi(values["port"])
	major, _ := strconv.Atoi(values["version"])
	socket := values["socket_dir"]
	if i := strings.IndexByte(socket, ','); i >= 0 {
		socket = socket[:i]
	}
	return place{
		Owner: values["owner"], Version: major, Cluster: values["cluster"], Service: values["service"],
		BinDir: values["bin_dir"], DataDir: values["data_dir"], ConfigDir: values["config_dir"], SocketDir: socket, Port: port,
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

func (a surveyAnswer) survey(values map[string]string) *survey {
	number := func(name string) int64 {
		v, _ := strconv.ParseInt(values[name], 10, 64)
		return v
	}
	if values["free"] == "" {
		return nil
	}
	s := &survey{
		Databases: a.Databases, WALBytes: a.WALBytes, OldestWAL: a.OldestWAL, Locales: a.Locales, HBAErrors: a.HBAErrors,
		Writes: a.Writes, WALPerSec: a.WALPerSec,
		FreeBytes: number("free"), WALFree: number("wal_free"), UsedBytes: number("used"), Mount: values["mount"] == "yes",
	}
	for _, d := range a.Databases {
		s.DataBytes += d.Bytes
	}
	s.DataBytes += a.WALBytes
	return s
}

// notes are what the data folder tells even when nothing runs, and what Belt left on the server.
func (n *native) notes(values map[string]string) {
	n.Alive = values["alive"] == "yes"
	n.Control = values["control"]
	for name, value := range values {
		if name, ok := strings.CutPrefix(name, "setting."); ok {
			n.Settings[name] = setting{Value: value}
		}
	}
	n.ControlLSN = values["control_lsn"]
	n.RewindSafe = values["rewind_safe"] == "yes"
	n.StandbySignal = values["standby_signal"] == "yes"
	n.Conninfo = values["conninfo"]
	n.MissingTools = strings.Fields(values["missing"])
	n.NewFolder = values["new"] == "yes"
	n.Seeding, n.Seeded = values["seeding_now"] == "yes", values["seeding"]
	var u unfinished
	if json.Unmarshal([]byte(values["unfinished"]), &u) == nil && u.Run != "" {
		n.Unfinished = &u
	}
	_ = json.Unmarshal([]byte(values["written"]), &n.Written)
	_ = json.Unmarshal([]byte(values["saved"]), &n.Saved) // what cannot be read counts as nothing noted
	slices.SortFunc(n.Kept, func(a, b kept) int { return strings.Compare(a.Time+a.Run, b.Time+b.Run) })
}
