package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/replication"
)

// prometheus is the format of [metrics], by its name for --output.
const prometheus = "prometheus"

// metric is one family in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats).
type metric struct {
	name, help string
	lines      []string
}

// add adds a sample; labels are pairs of name and value.
func (m *metric) add(value float64, labels ...string) {
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(labels[i+1])
		pairs = append(pairs, labels[i]+`="`+escaped+`"`)
	}
	m.lines = append(m.lines, fmt.Sprintf("%s{%s} %s", m.name, strings.Join(pairs, ","), strconv.FormatFloat(value, 'g', -1, 64)))
}

// metrics is the status for Prometheus. What is unknown has no sample; a server is there once, with the database that its
// own one replicates.
func metrics(doc ops.StatusDocument) string {
	healthy := metric{name: "belt_database_healthy", help: "1 when there is a primary and every replica follows it."}
	primary := metric{name: "belt_primary_writable", help: "1 when the primary takes writes."}
	state := metric{name: "belt_replica_state", help: "1 for the state that the replica is in."}
	seconds := metric{name: "belt_replica_lag_seconds", help: "How far the replica is behind; no sample when that is unknown."}
	bytes := metric{name: "belt_replica_lag_bytes", help: "How far the replica is behind; no sample when that is unknown."}
	leftovers := metric{name: "belt_leftovers", help: "What unfinished runs left on the servers."}
	kept := metric{name: "belt_kept_bytes", help: "Old data that lies on the servers for undo."}
	for _, d := range doc.Databases {
		healthy.add(one(d.Healthy), "target", d.Target, "engine", d.Engine)
		if elsewhere(doc, d) {
			continue
		}
		if p := d.Primary; p != nil {
			primary.add(one(p.Writable && p.Problem == ""), "target", d.Target, "app", p.App, "server", p.Server)
		}
		for _, r := range d.Replicas {
			labels := []string{"target", d.Target, "app", r.App, "server", r.Server}
			for _, s := range replication.States() {
				state.add(one(r.State == s), append(labels, "state", string(s))...)
			}
			if r.LagSeconds != nil {
				seconds.add(*r.LagSeconds, labels...)
			}
			if r.LagBytes != nil {
				bytes.add(float64(*r.LagBytes), labels...)
			}
		}
		leftovers.add(float64(len(d.Leftovers)), "target", d.Target)
		var sum int64
		for _, k := range d.Kept {
			sum += k.Bytes
		}
		kept.add(float64(sum), "target", d.Target)
	}
	var out strings.Builder
	for _, m := range []metric{healthy, primary, state, seconds, bytes, leftovers, kept} {
		if len(m.lines) > 0 {
			fmt.Fprintf(&out, "# HELP %s %s\n# TYPE %s gauge\n%s\n", m.name, m.help, m.name, strings.Join(m.lines, "\n"))
		}
	}
	return out.String()
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
