package redis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/pkg/replication"
)

// asked are the settings that Belt looks at. No password is among them.
var asked = []string{
	"bind", "protected-mode", "port", "tls-port", "tls-cert-file", "tls-key-file", "tls-ca-cert-file", "tls-auth-clients", "tls-replication",
	"masteruser", "replica-read-only", "replica-serve-stale-data", "replica-ignore-maxmemory", "replica-announce-ip", "replica-announce-port",
	"repl-diskless-sync", "repl-diskless-sync-delay", "repl-diskless-sync-max-replicas", "repl-diskless-load", "repl-backlog-size", "repl-timeout",
	"client-output-buffer-limit", "min-replicas-to-write", "min-replicas-max-lag", "maxmemory", "maxmemory-policy", "maxmemory-clients",
	"save", "appendonly", "appendfilename", "appenddirname", "dbfilename", "dir", "aclfile", "unixsocket", "databases", "logfile",
}

// question is one command of an inspection and what its answer is good for.
type question struct {
	words []string
	read  func(*native, talk.Reply)
}

type questions []question

// pause stands for a moment in which the instance works on.
const pause = "#pause\n"

// questionsFor are the commands of an inspection.
func questionsFor(depth replication.Depth) questions {
	q := questions{
		{[]string{"INFO"}, func(n *native, r talk.Reply) { n.Info = r.Fields() }},
		{[]string{"CLIENT", "LIST", "TYPE", "replica"}, func(n *native, r talk.Reply) { n.Replicas = clients(r) }},
		{[]string{"ACL", "USERS"}, func(n *native, r talk.Reply) { n.Users = r.Values() }},
		{[]string{"ACL", "GETUSER", "default"}, func(n *native, r talk.Reply) {
			v := r.Values()
			n.Open = slices.Contains(v, "nopass") && !slices.Contains(v, "off")
		}},
	}
	for _, name := range asked {
		q = append(q, question{[]string{"CONFIG", "GET", name}, func(n *native, r talk.Reply) {
			if v, ok := r.Pairs()[name]; ok {
				n.Settings[name] = v
			}
		}})
	}
	if depth == replication.Survey {
		q = append(q,
			question{[]string{"CLIENT", "LIST", "TYPE", "normal"}, func(n *native, r talk.Reply) {
				if n.survey != nil {
					n.survey.Clients = clients(r)
				}
			}},
			question{[]string{"INFO"}, measure},
		)
	}
	return q
}

func (q questions) commands() [][]string {
	out := make([][]string, len(q))
	for i, one := range q {
		out[i] = one.words
	}
	return out
}

// input is what the script of the inspection reads: the command that logs in, and the questions, the last one after a pause.
func (q questions) input(node replication.Node, mark string) (login, input string, err error) {
	p := talk.Place{User: node.Settings.AdminUser, Password: node.Settings.AdminPassword}
	login, err = p.Login()
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", node.Label, err)
	}
	all := q.commands()
	input = p.Input(mark, all)
	if last := len(all) - 1; len(all[last]) == 1 && last > 0 {
		input = strings.TrimSuffix(input, p.Asked(all[last])) + pause + p.Asked(all[last])
	}
	return login, input, nil
}

func (q questions) read(n *native, replies []talk.Reply) {
	for i, one := range q {
		if replies[i].Err == nil {
			one.read(n, replies[i])
		}
	}
}

func clients(r talk.Reply) []client {
	var out []client
	for _, line := range r.Lines() {
		c := client{}
		for _, field := range strings.Fields(line) {
			name, value, _ := strings.Cut(field, "=")
			c[name] = value
		}
		if len(c) > 0 && !strings.HasPrefix(c["name"], "belt-") {
			out = append(out, c)
		}
	}
	return out
}

// measure compares the second INFO with the first.
func measure(n *native, r talk.Reply) {
	later := r.Fields()
	if n.survey == nil {
		return
	}
	number := func(m map[string]string, name string) float64 { v, _ := strconv.ParseFloat(m[name], 64); return v }
	grown := func(name string) float64 { return max(0, number(later, name)-number(n.Info, name)) }
	seconds := 0.6
	if micro := grown("server_time_usec"); micro > 0 { // since 6.2
		seconds = micro / 1e6
	}
	n.survey.Writes = int64(grown("rdb_changes_since_last_save"))
	n.survey.PerSecond = grown("master_repl_offset") / seconds
	if n.survey.PerSecond == 0 && n.survey.Writes > 0 {
		// Without a replica the stream of changes may not be counted; what clients send is no less.
		n.survey.PerSecond = grown("total_net_input_bytes") / seconds
	}
}
