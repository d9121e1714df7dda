package redistest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
)

// data is what an instance holds, and what lies on its disk.
type data struct {
	marks  []string
	id     string // of the stream of changes
	offset int64
}

func (d *data) text() string {
	text, _ := json.Marshal([]any{d.marks, d.id, d.offset}) // strings and numbers only
	return "RDB" + string(text)
}

func parseData(text string) *data {
	var marks []string
	var id string
	var offset int64
	_ = json.Unmarshal([]byte(strings.TrimPrefix(text, "RDB")), &[]any{&marks, &id, &offset}) // an empty file is no data
	return &data{marks, id, offset}
}

// instance is a running server program.
type instance struct {
	data
	run      string
	id2      string // the history before this one
	offset2  int64
	first    int64 // the oldest change that it keeps
	settings map[string]string
	users    map[string][]string
	master   string // "address:port"
	linked   bool
	paused   bool // writers wait
	full     int  // copies that it has begun for replicas
}

func (i *instance) write(mark string) {
	i.marks = append(i.marks, mark)
	i.offset += int64(len(mark))
}

func (i *instance) promote(w *World) {
	if i.master == "" {
		return
	}
	i.master, i.linked = "", false
	i.id2, i.offset2, i.id = i.id, i.offset+1, fmt.Sprintf("%040x", w.tick())
}

// defaults are the settings of a server without a configuration.
func (w *World) defaults() map[string]string {
	d := map[string]string{
		"bind": "* -::*", "protected-mode": "yes", "port": "6379", "tls-port": "0", "tls-cert-file": "", "tls-key-file": "", "tls-ca-cert-file": "",
		"tls-auth-clients": "yes", "tls-replication": "no", "masteruser": "", "masterauth": "", "requirepass": "", "replica-read-only": "yes",
		"repl-diskless-sync": "yes", "repl-diskless-sync-delay": "5", "repl-diskless-sync-max-replicas": "0", "repl-diskless-load": "disabled",
		"repl-backlog-size": "1048576", "client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
		"min-replicas-to-write": "0", "min-replicas-max-lag": "10", "maxmemory": "0", "maxmemory-policy": "noeviction", "save": "3600 1 300 100 60 10000", "appendonly": "no",
		"appendfilename": "appendonly.aof", "appenddirname": "appendonlydir", "dbfilename": "dump.rdb", "dir": "/", "aclfile": "", "logfile": "",
		"replica-ignore-maxmemory": "yes",
	}
	if !w.modern() {
		d["repl-diskless-sync"], d["bind"] = "no", ""
		delete(d, "repl-diskless-sync-max-replicas")
		delete(d, "appenddirname")
	}
	return d
}

// directives are the lines of the configuration as they are read.
func (s *Server) directives(file string) []string {
	var out []string
	n := 0
	for line := range strings.Lines(s.files[file]) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		out = append(out, fmt.Sprintf("%s\t%d\t%s", file, n, line))
		if rest, ok := strings.CutPrefix(line, "include "); ok {
			out = append(out, s.directives(rest)...)
		}
	}
	return out
}

// load reads the configuration as a starting server does.
func (s *Server) load() (*instance, error) {
	i := &instance{settings: s.world.defaults(), users: map[string][]string{"default": {"on", "nopass", "~*", "+@all"}}}
	for _, d := range conf.Parse(s.directives(s.Conf())) {
		switch d.Name {
		case "include":
			if _, there := s.files[d.Value()]; !there {
				return nil, fmt.Errorf("can't open config file '%s'", d.Value())
			}
		case "replicaof":
			i.master = strings.Join(d.Args, ":")
			if strings.EqualFold(d.Value(), "no one") {
				i.master = ""
			}
		case "user":
			if _, twice := i.users[d.Args[0]]; twice && d.Args[0] != "default" {
				return nil, fmt.Errorf("error in user declaration '%s': Duplicate user found. A user can only be defined once in config files", d.Args[0])
			}
			i.users[d.Args[0]] = d.Args[1:]
		default:
			if _, known := i.settings[d.Name]; !known {
				return nil, fmt.Errorf("bad directive %s", d.Name)
			}
			i.settings[d.Name] = d.Value()
		}
	}
	if file := i.settings["aclfile"]; file != "" {
		for line := range strings.Lines(s.files[file]) {
			if words := strings.Fields(line); len(words) > 1 && words[0] == "user" {
				i.users[words[1]] = words[2:]
			}
		}
	}
	if p := i.settings["requirepass"]; p != "" {
		i.users["default"] = []string{"on", hash(p), "~*", "+@all"}
	}
	return i, nil
}

func hash(password string) string {
	sum := sha256.Sum256([]byte(password))
	return "#" + hex.EncodeToString(sum[:])
}

func (s *Server) start() error {
	if s.running != nil {
		return nil
	}
	if why := s.broken["start"]; why != "" {
		return errors.New(why)
	}
	i, err := s.load()
	if err != nil {
		return err
	}
	disk := parseData(s.files[s.rdb()])
	i.data = data{marks: slices.Clone(disk.marks), id: fmt.Sprintf("%040x", s.world.tick())}
	if i.master != "" && disk.id != "" {
		i.id, i.offset = disk.id, disk.offset
	}
	i.run = fmt.Sprintf("%040x", s.world.tick())
	s.running = i
	s.world.settle()
	return nil
}

func (s *Server) save() {
	if s.running != nil {
		d := s.running.data
		if s.running.master == "" {
			d.id = ""
		}
		s.files[s.rdb()] = d.text()
	}
}

func (s *Server) stop() {
	s.save()
	s.running = nil
	s.world.settle()
}

// settle lets every replica find its primary, take its copy or go on from where it is.
func (w *World) settle() {
	for _, s := range w.servers {
		i := s.running
		if i == nil || i.master == "" {
			continue
		}
		p, err := s.reach(i)
		if err != nil {
			i.linked = false
			continue
		}
		if !i.linked || i.id != p.id || i.offset != p.offset {
			goes := i.id == p.id && i.offset >= p.first || i.id == p.id2 && i.offset < p.offset2
			if !i.linked && !goes {
				p.full++
				i.marks = nil
			}
			for _, m := range p.marks {
				if !slices.Contains(i.marks, m) {
					i.marks = append(i.marks, m)
				}
			}
			i.id, i.offset, i.linked = p.id, p.offset, true
		}
	}
}

// reach is what a replica has to pass to hear of its primary.
func (s *Server) reach(i *instance) (*instance, error) {
	address, port, _ := strings.Cut(i.master, ":")
	p := s.world.at(address)
	if p == nil || p.running == nil || p.down {
		return nil, errors.New("Connection refused")
	}
	if err := p.open(address, port, i.settings["tls-replication"] == "yes"); err != nil {
		return nil, err
	}
	if i.settings["tls-replication"] == "yes" && !trusts(s.files[i.settings["tls-ca-cert-file"]], p.files[p.running.settings["tls-cert-file"]]) {
		return nil, errors.New("certificate verify failed")
	}
	if !p.running.lets(i.settings["masteruser"], i.settings["masterauth"]) {
		return nil, errors.New("WRONGPASS invalid username-password pair or user is disabled.")
	}
	return p.running, nil
}

// trusts tells whether a file of authorities has a certificate that signed itself.
func trusts(authorities, certificate string) bool {
	certificate = strings.TrimSpace(certificate)
	return certificate != "" && strings.Contains(authorities, certificate)
}

// open tells whether the address and port lead to the instance.
func (s *Server) open(address, port string, tls bool) error {
	i := s.running
	want := i.settings["port"]
	if tls {
		want = i.settings["tls-port"]
	}
	listening := slices.ContainsFunc(strings.Fields(i.settings["bind"]), func(a string) bool {
		a = strings.TrimPrefix(a, "-")
		return a == "*" || a == "0.0.0.0" || a == address
	}) || i.settings["bind"] == "" && !s.world.modern()
	if port != want || want == "0" || !listening {
		return errors.New("Connection refused")
	}
	if slices.Contains(i.users["default"], "nopass") && i.settings["protected-mode"] == "yes" && s.world.modern() {
		return errors.New("DENIED Redis is running in protected mode")
	}
	return nil
}

func (i *instance) lets(user, password string) bool {
	if user == "" {
		user = "default"
	}
	rules := i.users[user]
	return slices.Contains(rules, "nopass") || slices.Contains(rules, hash(password))
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
