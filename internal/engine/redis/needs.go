package redis

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/install"
	"github.com/dbbelt/belt/pkg/replication"
)

// tunable are the settings that a replica takes over from its primary. Those of replication, of access and of the network
// are not among them: enable sees to them.
var tunable = []string{
	"maxmemory", "maxmemory-policy", "maxmemory-samples", "maxclients", "databases", "timeout", "tcp-keepalive", "save",
	"appendonly", "appendfsync", "no-appendfsync-on-rewrite", "auto-aof-rewrite-percentage", "auto-aof-rewrite-min-size",
	"aof-use-rdb-preamble", "rdbcompression", "rdbchecksum", "io-threads", "lazyfree-lazy-eviction", "lazyfree-lazy-expire",
	"lazyfree-lazy-server-del", "lazyfree-lazy-user-del", "activedefrag", "hz", "dynamic-hz", "notify-keyspace-events", "slowlog-log-slower-than",
	"slowlog-max-len", "latency-monitor-threshold", "list-max-listpack-size", "hash-max-listpack-entries", "hash-max-listpack-value",
	"set-max-intset-entries", "zset-max-listpack-entries", "zset-max-listpack-value",
}

// Needs asks the primary which packages and settings a fresh server needs.
func (e *Engine) Needs(ctx context.Context, primary replication.Facts) (replication.Needs, error) {
	n := nativeOf(primary)
	commands := make([]command, 0, len(tunable))
	for _, name := range tunable {
		commands = append(commands, command{"CONFIG", "GET", name})
	}
	replies, err := ask(ctx, primary, "ask what is tuned", commands...)
	if err != nil {
		return replication.Needs{}, err
	}
	owners, err := install.Owners(ctx, primary.Node.Runner, "unit:"+n.Unit, n.Program)
	if err != nil {
		return replication.Needs{}, err
	}
	if len(owners) == 0 {
		owners = []string{n.flavour + "-server"} // the primary was not installed from packages
	}
	series := series(primary.Version)
	needs := replication.Needs{
		Product: product(n.flavour) + " " + series, Offers: "^(redis|valkey)-server$", Bytes: max(n.bytes(), n.usedBytes()), Data: n.Dir, Tuning: n.tuning(),
	}
	for _, name := range owners {
		needs.Packages = append(needs.Packages, replication.Package{Name: name, Series: series})
	}
	for i, name := range tunable {
		value, known := replies[i].Pairs()[name]
		if !known {
			continue
		}
		t := replication.Tuned{Name: name, Value: value}
		if name == "maxmemory" {
			t.Bytes, _ = strconv.ParseInt(value, 10, 64)
		}
		needs.Tuned = append(needs.Tuned, t)
	}
	if n.Port != 0 && n.Port != 6379 {
		needs.Tuned = append(needs.Tuned, replication.Tuned{Name: "port", Value: strconv.Itoa(n.Port)})
	}
	return needs, nil
}

// series is major and minor of a version.
func series(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// usedBytes is what the instance's files take on disk; 0 when it was not measured.
func (n *native) usedBytes() int64 {
	if n.survey == nil {
		return 0
	}
	return n.survey.Used
}

// tuning is a file that the main one includes. Belt's own, which enable makes, comes behind it.
func (n *native) tuning() replication.Tuning {
	file := path.Join(path.Dir(n.Config), "belt-tuning.conf")
	main := n.Config
	restart := "systemctl restart " + n.Unit
	return replication.Tuning{
		File: file,
		Render: func(tuned []replication.Tuned) string {
			var b strings.Builder
			b.WriteString("# Written by Belt when it made this server a replica: what the primary has tuned, fitted to this server's memory.\n")
			for _, t := range tuned {
				for _, args := range arguments(t) {
					b.WriteString(conf.Setting{Name: t.Name, Args: args}.Line() + "\n")
				}
			}
			return b.String()
		},
		Bytes: func(b int64) string { return strconv.FormatInt(b, 10) },
		Apply: fmt.Sprintf("owner=$(stat -c %%U:%%G %[1]s) && chown \"$owner\" \"$1\" && chmod 0640 \"$1\"\n"+
			"grep -qxF \"include $1\" %[1]s || printf 'include %%s\\n' \"$1\" >>%[1]s\n%[2]s", main, restart),
		Revert: fmt.Sprintf("sed -i \"\\|^include $f\\$|d\" %[1]s\n%[2]s || :", main, restart),
	}
}

// arguments are the lines of one setting. Until Redis 7.0 a save point is a line of its own.
func arguments(t replication.Tuned) [][]string {
	words := strings.Fields(t.Value)
	if t.Name != "save" || len(words) < 2 {
		return [][]string{{t.Value}}
	}
	lines := [][]string{{""}} // first away with those of the file before
	for i := 0; i+1 < len(words); i += 2 {
		lines = append(lines, words[i:i+2])
	}
	return lines
}
