package mongodb

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// values are settings of a mongod.conf by their dotted names; nil is one that is not there.
type values map[string]*string

func to(value string) *string { return &value }

// names are sorted.
func (v values) names() []string { return slices.Sorted(maps.Keys(v)) }

// lines say for people what is written.
func (v values) lines(file string) []string {
	var out []string
	for _, name := range v.names() {
		if v[name] == nil {
			out = append(out, fmt.Sprintf("edit %s: without %s", file, name))
		} else {
			out = append(out, fmt.Sprintf("edit %s: %s: %s", file, name, *v[name]))
		}
	}
	return out
}

// from are those of the values that a configuration does not have yet.
func (v values) from(conf map[string]string) values {
	out := values{}
	for name, want := range v {
		if now, there := conf[name]; there != (want != nil) || there && now != *want {
			out[name] = want
		}
	}
	return out
}

// given are those that are there, as a configuration gives them.
func (v values) given() map[string]string {
	out := map[string]string{}
	for name, value := range v {
		if value != nil {
			out[name] = *value
		}
	}
	return out
}

// before are the values that a configuration has in the place of v.
func (v values) before(conf map[string]string) values {
	out := values{}
	for name := range v {
		out[name] = nil
		if now, there := conf[name]; there {
			out[name] = to(now)
		}
	}
	return out
}

// The settings that Belt writes.
const (
	setNameSetting = "replication.replSetName"
	keyFileSetting = "security.keyFile"
	authSetting    = "security.authorization"
	transitSetting = "security.transitionToAuth"
	bindSetting    = "net.bindIp"
	defaultSet     = "rs0"
	restartSeconds = 8 // a clean shutdown writes a checkpoint; then the start and the election
	aroundSeconds  = 6 // everything about a replica but the copy
	copyRate       = 60 << 20
)

// keyFile is where Belt keeps the key of a set for an instance: beside mongod.conf, under a name that nobody else uses.
func keyFile(n *native) string {
	return path.Join(path.Dir(n.ConfFile), fmt.Sprintf("mongod-%d.belt-key", n.Port))
}

// listens tells whether an instance takes connections to an address, as far as its settings say.
func listens(n *native, address string) bool {
	if n.option("net.bindIpAll") == "true" {
		return true
	}
	for _, a := range strings.Split(n.option(bindSetting), ",") {
		if a = strings.TrimSpace(a); a == address || a == "0.0.0.0" || a == "*" || a == "::" {
			return true
		}
	}
	return false
}

// bindMore is the setting with one address more. mongod without the setting listens to localhost.
func bindMore(n *native, address string) string {
	now := n.option(bindSetting)
	if now == "" {
		now = "127.0.0.1"
	}
	return now + "," + address
}

// conversion is what has to happen to a primary before members can join it.
type conversion struct {
	set      string
	host     string // by which members and clients call it
	write    values // what mongod.conf has to say; empty for nothing to change
	initiate bool
	keyFile  string // of the set, on the primary; empty for a set without one
	makeKey  bool
	transit  bool // authorization is off, and stays off: who does not log in gets in
	opens    bool // it listens on more addresses than now
}

// restarts tells whether the primary restarts.
func (c conversion) restarts() bool { return len(c.write) > 0 }

// needed tells whether there is anything to do.
func (c conversion) needed() bool { return c.restarts() || c.initiate }

// convert is pure.
func convert(req replication.Request) conversion {
	p := *req.Topology.Primary
	n := nativeOf(p)
	link := linkOf(req)
	c := conversion{
		set: n.setName(), host: hostPort(link.Address, n.Port), write: values{}, initiate: !n.inSet(), keyFile: n.option(keyFileSetting),
		transit: !n.enforces(),
	}
	if n.inSet() {
		c.host = n.Hello.Me
	}
	if c.set == "" {
		c.set = defaultSet
		c.write[setNameSetting] = to(c.set)
	}
	// A set that is there already is joined as it is, with its own keyfile or without one.
	if c.keyFile == "" && c.initiate {
		c.keyFile, c.makeKey = keyFile(n), true
		c.write[keyFileSetting] = to(c.keyFile)
		if c.transit {
			// A keyfile alone would turn authorization on, and lock every client out.
			c.write[transitSetting] = to("true")
		}
	}
	if host, _ := splitHost(c.host); !link.Reachable && !listens(n, host) {
		c.opens = true
		c.write[bindSetting] = to(bindMore(n, host))
	}
	return c
}

// linkOf is the link of one of the targets; without targets it is what is known of the primary alone.
func linkOf(req replication.Request) replication.Link {
	for _, t := range req.Targets {
		if l, ok := req.Links[t.Node.Key()]; ok && l.Address != "" {
			return l
		}
	}
	p := *req.Topology.Primary
	host, port := p.Node.Internal, nativeOf(p).Port
	if me := nativeOf(p).Hello.Me; me != "" {
		host, port = splitHost(me)
	}
	return replication.Link{Address: host, Port: port}
}
