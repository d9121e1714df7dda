package redis

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// native is all that an instance and its server told; Facts.Native holds a pointer to it.
type native struct {
	place
	release
	notes  replica.Notes
	survey *survey // nil after a glance

	Info     map[string]string // INFO
	Settings map[string]string // CONFIG GET; what a release does not know is not in it
	Conf     conf.Conf         // what the files say; passwords are hidden
	Users    []string          // of the ACL
	Open     bool              // the default user needs no password
	Replicas []client          // the connections of its replicas

	Alive      bool     // the program runs, even if it does not answer
	Refused    bool     // it answers, and does not let Belt in
	Sentinel   bool     // a Sentinel runs on the server, or is connected
	FileUsers  []string // in the file of the ACL, where there is one
	Head       rdbHead  // of the data on disk
	PasswordID string   // equal where two configurations have the same password
	DropIn     bool     // Belt's own file is there
	Buffers    string   // on a primary: the settings from before a copy for which they were raised, as noted
}

// place is where an instance lives on its server.
type place struct {
	Unit      string // the systemd unit, "redis-server.service"
	Program   string
	Client    string
	Config    string // the main configuration file
	Arguments string // what the unit gives the program behind it
	Dir       string // where the data lies, resolved
	Owner     string
	Group     string
	Port      int
	Socket    string
	Host      string // where it is reached on its own server
	TLS       bool   // it has no other port
	Authority string
	Cert, Key string
}

// client is a line of CLIENT LIST.
type client map[string]string

// survey is the costlier part of an inspection.
type survey struct {
	Free       int64 // bytes where the data lies
	Used       int64 // by the instance's files
	Available  int64 // memory that programs may still take
	Overcommit int   // vm.overcommit_memory
	Clients    []client
	PerSecond  float64 // bytes written, measured over half a second
	Writes     int64   // changes in that time
	Listening  []int   // ports that somebody listens on
}

func nativeOf(f replication.Facts) *native {
	if n, ok := f.Native.(*native); ok {
		return n
	}
	return &native{}
}

// name is the one under which Belt keeps things for the instance: "redis-6379".
func (n *native) name() string { return n.flavour + "-" + strconv.Itoa(n.Port) }

// dropIn is Belt's own configuration file.
func (n *native) dropIn() string {
	folder, _, _ := strings.Cut(n.Config+"\x00", "\x00")
	if i := strings.LastIndexByte(folder, '/'); i >= 0 {
		folder = folder[:i]
	}
	return folder + "/belt-" + strconv.Itoa(n.Port) + ".conf"
}

// includes tells whether the configuration includes Belt's own file.
func (n *native) includes() bool { return slices.Contains(n.Conf.Files(), n.dropIn()) }

// holds is what Belt's file says where it is in force and makes the server no replica, but a primary.
func (n *native) holds() []conf.Setting {
	var out []conf.Setting
	for _, d := range n.Conf {
		if d.File != n.dropIn() {
			continue
		}
		if d.Name == "replicaof" {
			return nil
		}
		out = append(out, conf.Setting{Name: d.Name, Args: d.Args})
	}
	return out
}

// data stands for the instance's files in Dir, which other instances may share: the folders in which Belt keeps them
// aside are named after it.
func (n *native) data() string { return n.Dir + "/" + n.name() }

// files are the names of the instance's data in Dir.
func (n *native) files() []string {
	named := func(setting, otherwise string) string {
		if v := n.Settings[setting]; v != "" {
			return v
		}
		if v := n.Conf.Value(setting); v != "" {
			return v
		}
		return otherwise
	}
	log := named("appendfilename", "appendonly.aof")
	if n.can(foldersAOF) {
		log = named("appenddirname", "appendonlydir")
	}
	return []string{named("dbfilename", "dump.rdb"), log}
}

func (n *native) number(name string) int64 {
	v, _ := strconv.ParseInt(n.Info[name], 10, 64)
	return v
}

func (n *native) setting(name string) int64 {
	v, _ := strconv.ParseInt(n.Settings[name], 10, 64)
	return v
}

// offset is where the instance stands in the stream of changes: what a primary has written, or a replica has applied.
func (n *native) offset() int64 {
	if n.Info["role"] == "slave" && n.Info["slave_repl_offset"] != "" {
		return n.number("slave_repl_offset")
	}
	return n.number("master_repl_offset")
}

// logsChanges tells whether it writes an append-only file.
func (n *native) logsChanges() bool { return n.Settings["appendonly"] == "yes" }

// persists tells whether anything of its data would be there after a restart.
func (n *native) persists() bool {
	return n.logsChanges() || strings.TrimSpace(n.Settings["save"]) != ""
}

// users are those that the running server knows, and those of its files, which one that is stopped has as well.
func (n *native) users() []string {
	all := append(slices.Clone(n.Users), n.FileUsers...)
	for _, d := range n.Conf {
		if d.Name == "user" && len(d.Args) > 0 {
			all = append(all, d.Args[0])
		}
	}
	return all
}

func (n *native) hasUser(name string) bool { return slices.Contains(n.users(), name) }

// bytes is what its data takes in memory, without the buffers of clients and of replication.
func (n *native) bytes() int64 {
	if v := n.number("used_memory_dataset"); v > 0 {
		return v
	}
	return n.number("used_memory")
}
