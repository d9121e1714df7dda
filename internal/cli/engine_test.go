package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	making "github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// toy is an engine whose whole state on a server is the file /db.json. It replicates nothing, and plans everything.
type toy struct{}

// instance is what /db.json has.
type instance struct {
	Role    string `json:"role"` // "primary", "replica", "standalone", "absent"
	Follows string `json:"follows,omitempty"`
	State   string `json:"state,omitempty"` // of a replica; empty is streaming
	Rows    int64  `json:"rows"`
	Lag     int64  `json:"lag,omitempty"`  // seconds
	Free    int64  `json:"free"`           // bytes
	Version string `json:"version"`        // "15.4"
	Fail    string `json:"fail,omitempty"` // the step that fails here; with +undo its undo fails, too
	Hang    string `json:"hang,omitempty"` // the step that says so in /hangs, and does not return until it is stopped; with +undo its undo, too
	Kept    bool   `json:"kept,omitempty"` // data for undo
}

const (
	readState  = `[ -f "$1" ] && cat "$1" || echo '{"role":"absent"}'`
	writeState = `cat > "$1.new" && mv "$1.new" "$1"`
)

func (toy) Chains() bool { return true }

func (toy) CheckNames() []string { return []string{"disk", "version", "identity"} }

func (toy) Inspect(ctx context.Context, n replication.Node, _ replication.Depth) replication.Facts {
	f := replication.Facts{Node: n, At: time.Now()}
	in, err := load(ctx, n.Runner)
	if err != nil {
		f.Err = err
		return f
	}
	f.Native = in
	f.Installed, f.Running = in.Role != "absent", in.Role != "absent" && in.State != "stopped"
	f.Version, f.Identity = in.Version, "one"
	f.Writable = in.Role == "primary" || in.Role == "standalone"
	f.Replica, f.Follows = in.Role == "replica", in.Follows
	f.Position = fmt.Sprint(in.Rows)
	if in.Kept {
		f.Kept = []replication.KeptData{{Run: "old", Bytes: 100}}
	}
	return f
}

func load(ctx context.Context, r remote.Runner) (instance, error) {
	var in instance
	result, err := r.Run(ctx, remote.Command{Title: "look at the toy", Script: readState, Args: []string{"/db.json"}, As: "root", ReadOnly: true})
	if err == nil {
		err = json.Unmarshal([]byte(result.Stdout), &in)
	}
	return in, err
}

func store(ctx context.Context, r remote.Runner, change func(*instance)) error {
	in, err := load(ctx, r)
	if err != nil {
		return err
	}
	change(&in)
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = r.Run(ctx, remote.Command{Title: "change the toy", Script: writeState, Args: []string{"/db.json"}, As: "root",
		Stdin: strings.NewReader(string(text))})
	return err
}

func (toy) Probe(_ context.Context, primary, replica replication.Facts, over string) replication.Link {
	return replication.Link{Address: primary.Node.Address(replica.Node, over), Port: 5432, Reachable: true}
}

func (toy) Topology(target string, members []replication.Facts) replication.Topology {
	t := replication.Topology{Target: target, Engine: "postgresql"}
	for i, f := range members {
		if f.Writable && t.Primary == nil {
			t.Primary = &members[i]
		}
	}
	for _, f := range members {
		in, _ := f.Native.(instance)
		switch {
		case f.Err != nil:
			t.Replicas = append(t.Replicas, making.Sourced(replication.Replica{Facts: f, State: replication.Broken, Problem: f.Err.Error()}, making.SourceOf(members, t.Primary, f)))
		case f.Replica:
			r := replication.Replica{Facts: f, State: replication.Streaming}
			if in.State != "" {
				r.State = replication.State(in.State)
				r.Problem, r.Fix = "it is "+in.State, "belt db replicate resync "+target+" --replica "+f.Node.Server
			} else {
				seconds, bytes := float64(in.Lag), in.Lag*100
				r.LagSeconds, r.LagBytes = &seconds, &bytes
			}
			t.Replicas = append(t.Replicas, making.Sourced(r, making.SourceOf(members, t.Primary, f)))
		case t.Primary != nil && f.Node.Same(t.Primary.Node):
		default:
			t.Standalone = append(t.Standalone, f)
		}
	}
	if t.Primary == nil {
		t.Problems = append(t.Problems, "no member takes writes")
	}
	making.Weaken(&t)
	return t
}

func (toy) Check(req replication.Request) []plan.Check {
	var checks []plan.Check
	p := req.Topology.Primary
	if p == nil {
		return checks
	}
	for _, f := range req.Targets {
		in, _ := f.Native.(instance)
		label := f.Node.Label
		checks = append(checks,
			plan.Check{Name: "identity", Server: label, OK: !f.Node.Same(p.Node) && (f.Follows == "" || f.Follows == p.Node.Key()),
				Detail: fmt.Sprintf("follows %q", f.Follows), Hint: "name another server"},
			plan.Check{Name: "version", Server: label, OK: f.Version == p.Version, Detail: fmt.Sprintf("%s, the primary has %s", f.Version, p.Version)},
			plan.Check{Name: "disk", Server: label, OK: in.Free >= 100, Detail: fmt.Sprintf("needs 100 B, has %d B", in.Free), Hint: "make room"})
	}
	return checks
}

func (toy) Verify(_ context.Context, primary, replica replication.Facts, _ replication.VerifyOptions, report plan.Progress) (replication.Verification, error) {
	p, _ := primary.Native.(instance)
	r, _ := replica.Native.(instance)
	report(p.Rows, p.Rows, "")
	v := replication.Verification{Server: replica.Node.Label, Equal: p.Rows == r.Rows, Tables: 1, Rows: p.Rows}
	if !v.Equal {
		v.Differences = []replication.Difference{{Object: "public.orders", Detail: fmt.Sprintf("%d rows, the primary has %d", r.Rows, p.Rows)}}
	}
	return v, nil
}
