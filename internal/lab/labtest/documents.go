package labtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The documents of the contract, read without the product's own types: a key that changes its name is seen.

// Result is how a changing command ended.
type Result struct {
	Version    int          `json:"version"`
	Command    string       `json:"command"`
	Target     string       `json:"target"`
	Changed    bool         `json:"changed"`
	ExitCode   int          `json:"exit_code"`
	Error      string       `json:"error"`
	Hint       string       `json:"hint"`
	Steps      []StepResult `json:"steps"`
	AppServers []AppServer  `json:"app_servers"`
	Left       []string     `json:"left"`

	PrimaryUnavailableSeconds float64 `json:"primary_unavailable_seconds"`

	Ended Ended `json:"-"`
}

// StepResult is what became of one step.
type StepResult struct {
	ID      string  `json:"id"`
	Server  string  `json:"server"`
	Title   string  `json:"title"`
	Status  string  `json:"status"`
	Seconds float64 `json:"seconds"`
}

// AppServer is how one app server took its variables.
type AppServer struct {
	Server  string `json:"server"`
	OK      bool   `json:"ok"`
	Changed bool   `json:"changed"`
	Error   string `json:"error"`
}

// Step is the result of the step of that id, without the server at its end.
func (r Result) Step(id string) StepResult {
	i := slices.IndexFunc(r.Steps, func(s StepResult) bool { return s.ID == id || strings.HasPrefix(s.ID, id+".") })
	if i < 0 {
		return StepResult{}
	}
	return r.Steps[i]
}

// Status is the answer of belt db status.
type Status struct {
	Version   int        `json:"version"`
	Databases []Database `json:"databases"`

	Ended Ended `json:"-"`
}

// Database is one database of Status.
type Database struct {
	Target        string `json:"target"`
	Engine        string `json:"engine"`
	EngineVersion string `json:"engine_version"`
	Primary       struct {
		App      string `json:"app"`
		Server   string `json:"server"`
		Address  string `json:"address"`
		Writable bool   `json:"writable"`
		Position string `json:"position"`
	} `json:"primary"`
	Replicas   []Replica  `json:"replicas"`
	Standalone []Server   `json:"standalone"`
	Leftovers  []Leftover `json:"leftovers"`
	Problems   []string   `json:"problems"`
}

// Replica is one replica of Status.
type Replica struct {
	App        string   `json:"app"`
	Server     string   `json:"server"`
	Address    string   `json:"address"`
	Source     string   `json:"source"`
	State      string   `json:"state"`
	Writable   bool     `json:"writable"`
	LagSeconds *float64 `json:"lag_seconds"`
	LagBytes   *int64   `json:"lag_bytes"`
	Position   string   `json:"position"`
	Problem    string   `json:"problem"`
	Fix        string   `json:"fix"`
}

// Server is a member that follows nothing.
type Server struct {
	App      string `json:"app"`
	Server   string `json:"server"`
	Running  bool   `json:"running"`
	Writable bool   `json:"writable"`
}

// Leftover is what an unfinished run left.
type Leftover struct {
	Server string `json:"server"`
	What   string `json:"what"`
	Fix    string `json:"fix"`
}

// Status asks for the status and fails the test unless the exit code is one of codes; of any when none is given.
func (c *CLI) Status(t testing.TB, target string, codes ...int) Status {
	t.Helper()
	args := []string{"db", "status", "-o", "json"}
	if target != "" {
		args = append(args, target)
	}
	ended := c.Run(t, args...)
	if len(codes) > 0 && !slices.Contains(codes, ended.Code) {
		t.Fatalf("want exit code %v: %s", codes, ended)
	}
	s := Status{Ended: ended}
	ended.Decode(t, &s)
	return s
}

// Database is the database of that target.
func (s Status) Database(t testing.TB, target string) Database {
	t.Helper()
	for _, d := range s.Databases {
		if d.Target == target {
			return d
		}
	}
	t.Fatalf("status does not tell of %s: %s", target, s.Ended)
	return Database{}
}

// Replica is the replica of that name; nil when it is none.
func (d Database) Replica(server string) *Replica {
	for i := range d.Replicas {
		if d.Replicas[i].Server == server {
			return &d.Replicas[i]
		}
	}
	return nil
}

func (r *Replica) String() string {
	if r == nil {
		return "no replica"
	}
	lag := "lag unknown"
	if r.LagBytes != nil && r.LagSeconds != nil {
		lag = fmt.Sprintf("%d bytes, %.1f s behind", *r.LagBytes, *r.LagSeconds)
	}
	return fmt.Sprintf("%s %s at %s, %s, %q", r.Server, r.State, r.Address, lag, r.Problem)
}

// Plan is what --dry-run prints.
type Plan struct {
	Version  int    `json:"version"`
	Command  string `json:"command"`
	Target   string `json:"target"`
	Estimate struct {
		Bytes                     int64   `json:"bytes"`
		Seconds                   float64 `json:"seconds"`
		PrimaryUnavailableSeconds float64 `json:"primary_unavailable_seconds"`
	} `json:"estimate"`
	Checks []struct {
		Name   string `json:"name"`
		Server string `json:"server"`
		OK     bool   `json:"ok"`
		Detail string `json:"detail"`
	} `json:"checks"`
	Steps []struct {
		ID       string   `json:"id"`
		Server   string   `json:"server"`
		Title    string   `json:"title"`
		Commands []string `json:"commands"`
		Disrupts string   `json:"disrupts"`
		Destroys string   `json:"destroys"`
		Undo     string   `json:"undo"`
	} `json:"steps"`
	Notes []string `json:"notes"`

	Ended Ended `json:"-"`
}

// Plan is the plan of a changing command, of which nothing is done.
func (c *CLI) Plan(t testing.TB, code int, args ...string) Plan {
	t.Helper()
	ended := c.Run(t, append(args, "--dry-run", "-o", "json")...).Want(t, code)
	p := Plan{Ended: ended}
	ended.Decode(t, &p)
	return p
}

// StepIDs are the plan's steps in order.
func (p Plan) StepIDs() []string {
	var ids []string
	for _, s := range p.Steps {
		ids = append(ids, s.ID)
	}
	return ids
}
