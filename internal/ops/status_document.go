package ops

import (
	"math"

	"github.com/dbbelt/belt/pkg/replication"
)

// StatusDocument is the answer of `belt db status`.
type StatusDocument struct {
	Version   int              `json:"version"`
	Databases []DatabaseStatus `json:"databases"`
}

// DatabaseStatus is one database and all of its servers.
type DatabaseStatus struct {
	Target        string            `json:"target"`
	Source        string            `json:"source"` // the target that it is a replica of; empty for none
	Engine        string            `json:"engine"`
	EngineVersion string            `json:"engine_version"` // of the primary, else of any server
	Primary       *PrimaryStatus    `json:"primary"`        // null when there is none, or it cannot be told
	Replicas      []ReplicaStatus   `json:"replicas"`
	Standalone    []StandaloneState `json:"standalone"` // members that follow nothing
	Leftovers     []Leftover        `json:"leftovers"`
	Kept          []Kept            `json:"kept"` // old data that lies on its servers, for undo
	Problems      []string          `json:"problems"`
	Healthy       bool              `json:"healthy"`

	unreachable error // why the primary cannot be told
}

// PrimaryStatus is the server that takes the writes.
type PrimaryStatus struct {
	App      string `json:"app"`
	Server   string `json:"server"`
	Address  string `json:"address"`
	Writable bool   `json:"writable"`
	Position string `json:"position"`
	Problem  string `json:"problem"` // why it could not be asked, or does not run
	Label    string `json:"-"`
}

// ReplicaStatus is one server that follows the primary, or should.
type ReplicaStatus struct {
	App        string            `json:"app"`
	Server     string            `json:"server"`
	Address    string            `json:"address"`
	Source     string            `json:"source"` // APP/SERVER that it replicates from, or should; empty when that cannot be told
	State      replication.State `json:"state"`
	Writable   bool              `json:"writable"`
	LagSeconds *float64          `json:"lag_seconds"` // null when it cannot be known
	LagBytes   *int64            `json:"lag_bytes"`   // null when it cannot be known
	Position   string            `json:"position"`
	Problem    string            `json:"problem"`
	Fix        string            `json:"fix"` // the command that mends it, where there is one
	Label      string            `json:"-"`
	From       string            `json:"-"` // the label of its source where that is itself a replica
}

// StandaloneState is a member that neither follows the primary nor is it.
type StandaloneState struct {
	App      string `json:"app"`
	Server   string `json:"server"`
	Address  string `json:"address"`
	Running  bool   `json:"running"`
	Writable bool   `json:"writable"`
	Problem  string `json:"problem"`
	Label    string `json:"-"`
}

// Leftover is what an unfinished run left on a server.
type Leftover struct {
	Server string `json:"server"`
	What   string `json:"what"`
	Fix    string `json:"fix"`
}

// Kept is old data that an enable or a resync set aside on a server.
type Kept struct {
	Server  string `json:"server"`
	Command string `json:"command"` // what set it aside
	Time    string `json:"time"`    // RFC 3339
	Bytes   int64  `json:"bytes"`
}

// status describes the topology as the document does.
func (g *group) status(t replication.Topology) DatabaseStatus {
	over := g.target.Database.ReplicateOver
	home := replication.Node{App: g.target.App.Name}
	d := DatabaseStatus{
		Target: g.target.String(), Source: g.target.Database.Source, Engine: g.target.Database.Engine, Healthy: t.Healthy(),
		Replicas: []ReplicaStatus{}, Standalone: []StandaloneState{}, Leftovers: []Leftover{}, Kept: []Kept{},
		Problems: append([]string{}, t.Problems...),
	}
	seen := func(f replication.Facts) {
		if d.EngineVersion == "" {
			d.EngineVersion = f.Version
		}
		for _, k := range f.Kept {
			d.Kept = append(d.Kept, Kept{Server: f.Node.Label, Command: k.Command, Time: k.Time, Bytes: k.Bytes})
		}
	}
	if p := t.Primary; p != nil {
		home = p.Node
		seen(*p)
		d.Primary = &PrimaryStatus{
			App: p.Node.App, Server: p.Node.Server, Label: p.Node.Label,
			Address:  p.Node.Address(replication.Node{App: g.target.App.Name}, over),
			Writable: p.Writable, Position: p.Position, Problem: p.Problem,
		}
		if p.Err != nil {
			d.Primary.Problem = p.Err.Error()
		}
	}
	for _, r := range t.Replicas {
		f := r.Facts
		seen(f)
		source, from := "", ""
		if r.Source.Server != "" {
			source = r.Source.Key()
		}
		if above, chained := t.Chained(f.Node); chained {
			from = above.Label
		}
		d.Replicas = append(d.Replicas, ReplicaStatus{
			Source: source, From: from, App: f.Node.App, Server: f.Node.Server, Label: f.Node.Label, Address: f.Node.Address(home, over),
			State: r.State, Writable: f.Writable, LagSeconds: finite(r.LagSeconds), LagBytes: r.LagBytes,
			Position: f.Position, Problem: r.Problem, Fix: r.Fix,
		})
	}
	for _, f := range t.Standalone {
		seen(f)
		one := StandaloneState{
			App: f.Node.App, Server: f.Node.Server, Label: f.Node.Label, Address: f.Node.Address(home, over),
			Running: f.Running, Writable: f.Writable, Problem: f.Problem,
		}
		if f.Err != nil {
			one.Problem = f.Err.Error()
		}
		d.Standalone = append(d.Standalone, one)
	}
	for _, l := range t.Leftovers {
		d.Leftovers = append(d.Leftovers, Leftover(l))
	}
	return d
}

// finite drops what JSON has no number for.
func finite(seconds *float64) *float64 {
	if seconds == nil || math.IsNaN(*seconds) || math.IsInf(*seconds, 0) {
		return nil
	}
	return seconds
}
