package redistest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
)

// talk answers the commands on the input of the client program.
func (s *Server) talk(c call) (string, error) {
	if c.Args[0] == "" || c.Args[3] == "" {
		s.world.t.Errorf("%s: no client or no host: %q", s.key(), c.Args)
	}
	if s.running == nil {
		return "", fails("Could not connect to %s: Connection refused", c.Args[4])
	}
	return s.answer(s.running, c.input, !c.ReadOnly), nil
}

// rehearse answers as a server would that starts now.
func (s *Server) rehearse(c call) (string, error) {
	i, err := s.load()
	if err != nil {
		return "", fails("a server with this configuration does not start: %v", err)
	}
	return s.answer(i, c.input, false), nil
}

// answer prints as the client does with --csv. The first line of the input is the login.
func (s *Server) answer(i *instance, input string, mayChange bool) string {
	login, commands, _ := strings.Cut(input, "\n")
	var out strings.Builder
	if login != "" || i.settings["requirepass"] != "" {
		out.WriteString("\"OK\"\n")
	}
	name := ""
	for line := range strings.Lines(commands) {
		words, err := talk.Words(line)
		if err != nil || len(words) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.EqualFold(words[0], "CLIENT") && words[1] == "SETNAME" {
			name = words[2]
			out.WriteString("\"OK\"\n")
			continue
		}
		if strings.EqualFold(words[0], "CLIENT") && words[1] == "GETNAME" {
			out.WriteString(csv(name) + "\n")
			continue
		}
		out.WriteString(s.command(i, words, mayChange) + "\n")
	}
	return out.String()
}

func csv(values ...string) string {
	for i, v := range values {
		q := talk.Quote(v)
		if !strings.HasPrefix(q, `"`) {
			q = `"` + q + `"`
		}
		values[i] = q
	}
	return strings.Join(values, ",")
}

func refuse(text string) string { return "ERROR," + csv(text) }

// command is one of those that Belt uses.
func (s *Server) command(i *instance, words []string, mayChange bool) string {
	name := strings.ToUpper(words[0])
	if len(words) > 1 && (name == "CONFIG" || name == "ACL" || name == "CLIENT") {
		name += " " + strings.ToUpper(words[1])
	}
	changes := []string{"CLIENT PAUSE", "CLIENT UNPAUSE", "CONFIG SET", "ACL SETUSER", "ACL DELUSER", "REPLICAOF", "SAVE", "BGSAVE", "UNLINK"}
	if slices.Contains(changes, name) && !mayChange {
		s.world.t.Errorf("%s: %s in a command that only reads", s.key(), name)
	}
	switch name {
	case "INFO":
		return s.info(i)
	case "CLIENT LIST":
		return s.clients(i, words[3])
	case "CLIENT PAUSE":
		i.paused = true
		return csv("OK")
	case "CLIENT UNPAUSE":
		i.paused = false
		return csv("OK")
	case "ACL USERS":
		return csv(sorted(i.users)...)
	case "ACL GETUSER":
		return csv(append([]string{"flags"}, i.users[words[2]]...)...)
	case "ACL SETUSER":
		i.users[words[2]] = slices.DeleteFunc(slices.Clone(words[3:]), func(w string) bool { return w == "reset" })
		return csv("OK")
	case "ACL DELUSER":
		delete(i.users, words[2])
		return "1"
	case "CONFIG GET":
		if v, ok := i.settings[words[2]]; ok {
			return csv(words[2], v)
		}
		return ""
	case "CONFIG SET":
		return s.set(i, words[2], words[3])
	case "REPLICAOF":
		if strings.EqualFold(words[1], "no") {
			i.promote(s.world)
		} else if to := words[1] + ":" + words[2]; i.master != to {
			i.master, i.linked = to, false
		}
		return csv("OK")
	case "SAVE", "BGSAVE":
		return s.bgsave()
	case "UNLINK":
		if i.master != "" && i.settings["replica-read-only"] == "yes" {
			return refuse("READONLY You can't write against a read only replica.")
		}
		return "0"
	case "PING":
		return csv("PONG")
	}
	s.world.t.Errorf("%s: a command that this world does not know: %q", s.key(), words)
	return refuse("ERR unknown command")
}

// bgsave writes the data to disk, unless it is broken: "under way" is a snapshot of before, which ends when it is looked at;
// "failed" is one that begins and cannot be written; anything else is what the server refuses it with.
func (s *Server) bgsave() string {
	switch why := s.broken["save"]; why {
	case "":
		s.save()
	case "under way":
		return refuse("ERR Background save already in progress")
	case "failed":
	default:
		return refuse(why)
	}
	return csv("Background saving started")
}

// saved is how the last snapshot ended.
func (s *Server) saved() string {
	switch s.broken["save"] {
	case "failed":
		return "err"
	case "under way":
		delete(s.broken, "save")
	}
	return "ok"
}

func (s *Server) set(i *instance, name, value string) string {
	if _, known := i.settings[name]; !known {
		return refuse("ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'")
	}
	if !s.world.modern() && (name == "bind" || name == "tls-port" || name == "port") {
		return refuse("ERR Unsupported CONFIG parameter: " + name)
	}
	listens := i.settings["tls-port"] != "" && i.settings["tls-port"] != "0"
	if strings.HasPrefix(name, "tls-c") && value == "" && (i.settings["tls-replication"] == "yes" || !s.world.modern() && listens) {
		return refuse("ERR Unable to update TLS configuration. Check server logs.")
	}
	if name == "client-output-buffer-limit" {
		f := strings.Fields(value)
		if len(f) == 12 {
			f = f[4:8]
		}
		if len(f) != 4 || f[0] != "replica" && f[0] != "slave" {
			return refuse("ERR Wrong number of arguments in buffer limit configuration.")
		}
		value = fmt.Sprintf("normal 0 0 0 slave %s %s %s pubsub 33554432 8388608 60", f[1], f[2], f[3])
	}
	i.settings[name] = value
	return csv("OK")
}

// replicas are the running servers that follow this one.
func (s *Server) replicas() []*Server {
	var out []*Server
	for _, r := range s.world.servers {
		if r.running == nil || !r.running.linked {
			continue
		}
		address, _, _ := strings.Cut(r.running.master, ":")
		if s.world.at(address) == s {
			out = append(out, r)
		}
	}
	return out
}

func (s *Server) clients(i *instance, kind string) string {
	var out []string
	if kind == "replica" && i == s.running {
		for n, r := range s.replicas() {
			out = append(out, fmt.Sprintf("id=%d addr=%s:5%d name= flags=S user=%s", n, r.Internal, n, r.running.settings["masteruser"]))
		}
	}
	return strings.Join(out, "\n")
}

func (s *Server) info(i *instance) string {
	fields := map[string]string{
		"redis_version": s.world.version, "run_id": i.run, "role": "master", "master_replid": i.id, "master_repl_offset": fmt.Sprint(i.offset),
		"master_replid2": i.id2, "second_repl_offset": fmt.Sprint(i.offset2), "repl_backlog_active": "1", "repl_backlog_first_byte_offset": fmt.Sprint(i.first),
		"used_memory": "2000000", "used_memory_dataset": "1000000", "used_memory_rss": "3000000", "cluster_enabled": "0", "loading": "0",
		"uptime_in_seconds": "1", "rdb_bgsave_in_progress": "0", "rdb_last_bgsave_status": s.saved(), "rdb_changes_since_last_save": "0", "sync_full": fmt.Sprint(i.full), "db0": fmt.Sprintf("keys=%d,expires=0,avg_ttl=0", len(i.marks)),
	}
	if s.world.flavour == "valkey" {
		fields["redis_version"], fields["valkey_version"] = "7.2.4", s.world.version
	}
	if i.master != "" {
		host, port, _ := strings.Cut(i.master, ":")
		readOnly := map[bool]string{true: "1", false: "0"}[i.settings["replica-read-only"] == "yes"]
		for name, value := range map[string]string{
			"role": "slave", "master_host": host, "master_port": port, "master_link_status": map[bool]string{true: "up", false: "down"}[i.linked],
			"master_sync_in_progress": "0", "slave_repl_offset": fmt.Sprint(i.offset), "slave_read_only": readOnly, "master_last_io_seconds_ago": "1",
		} {
			fields[name] = value
		}
	}
	var lines []string
	for _, name := range sorted(fields) {
		lines = append(lines, name+":"+fields[name])
	}
	return "# Everything\n" + strings.Join(lines, "\r\n")
}
