package redis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// changes is what has to be different in the primary's settings, for as long as it has replicas.
type changes struct {
	list        []settingChange
	restart     bool
	certificate bool // the primary has no certificate of its own: Belt makes one
}

type settingChange struct{ name, from, to string }

// args is the new value as the words of a directive.
func (s settingChange) args() []string {
	if s.name == "bind" {
		return strings.Fields(s.to)
	}
	return []string{s.to}
}

func (s settingChange) setting() conf.Setting { return conf.Setting{Name: s.name, Args: s.args()} }

// primaryChanges compares the primary's settings with what the request needs.
func primaryChanges(req replication.Request) changes {
	var c changes
	if req.Topology.Primary == nil {
		return c
	}
	p := *req.Topology.Primary
	n := nativeOf(p)
	add := func(name, to string) {
		if from := n.Settings[name]; from != to {
			c.list = append(c.list, settingChange{name, from, to})
		}
	}
	bind, guarded := n.Settings["bind"], false
	for _, t := range req.Targets {
		link := req.Links[t.Node.Key()]
		if link.Address == "" {
			continue
		}
		if !link.Reachable && !listens(n, bind, link.Address) {
			bind = withAddress(n, bind, listenAt(p, link.Address))
		}
		guarded = guarded || n.guards(bind)
	}
	add("bind", bind)
	if guarded {
		add("protected-mode", "no")
	}
	if slices.ContainsFunc(req.Targets, func(t replication.Facts) bool { return overTLS(p, t) }) && n.setting("tls-port") == 0 {
		// One that is still a replica has a certificate, and trusts its own primary by the authority that it has.
		if n.Settings["tls-cert-file"] == "" || !p.Replica {
			c.certificate = true
			add("tls-cert-file", serverCert(n))
			add("tls-key-file", serverKey(n))
			add("tls-ca-cert-file", serverCert(n))
		}
		add("tls-auth-clients", "no")
		add("tls-port", strconv.Itoa(tlsPort(n)))
	}
	if keep := req.Options.KeepWAL; keep > n.setting("repl-backlog-size") {
		add("repl-backlog-size", strconv.FormatInt(keep, 10))
	}
	for _, s := range c.list {
		if (s.name == "bind" || s.name == "tls-port") && !n.can(listensAnew) {
			c.restart = true
		}
	}
	return c
}

// overTLS tells whether the replica's connection is encrypted: between apps, and where the primary has no plain port.
func overTLS(primary, target replication.Facts) bool {
	return primary.Node.App != target.Node.App || nativeOf(primary).Port == 0
}

// listens tells whether bind covers the address. Before 7.0 an instance without a bind listens on all.
func listens(n *native, bind, address string) bool {
	fields := strings.Fields(bind)
	if len(fields) == 0 {
		return !n.can(listensAnew) // since 7.0 an empty list is none at all
	}
	for _, a := range fields {
		a = strings.TrimPrefix(a, "-")
		if a == "*" || a == address || a == "0.0.0.0" && !strings.Contains(address, ":") || a == "::*" && strings.Contains(address, ":") || a == "::" && strings.Contains(address, ":") {
			return true
		}
	}
	return false
}

// listenAt is the address to listen on so that the peer reaches it: behind address translation, or by a name, none of its
// own, so all.
func listenAt(f replication.Facts, address string) string {
	if slices.Contains(f.Host.Addresses, address) {
		return address
	}
	return "0.0.0.0"
}

// withAddress adds an address. From 6.2 one with a dash may be missing when the server starts: its other clients are
// served all the same.
func withAddress(n *native, bind, address string) string {
	if n.can(guardsBound) && address != "0.0.0.0" {
		address = "-" + address
	}
	return strings.TrimSpace(bind + " " + address)
}

// guards tells whether protected-mode keeps every other host out.
func (n *native) guards(bind string) bool { return n.guarded(n.Settings["protected-mode"], bind) }

func (n *native) guarded(mode, bind string) bool {
	return n.Open && mode == "yes" && (n.can(guardsBound) || strings.TrimSpace(bind) == "")
}

// tlsPort is a free port for TLS: the next one after the plain port that nobody listens on.
func tlsPort(n *native) int {
	port := 6380 // where the instance has no plain port, it is beside the usual one
	if n.Port != 0 {
		port = n.Port + 1
	}
	for n.survey != nil && slices.Contains(n.survey.Listening, port) {
		port++
	}
	return port
}

func serverCert(n *native) string { return "/var/lib/belt/" + n.name() + "/server.crt" }
func serverKey(n *native) string  { return "/var/lib/belt/" + n.name() + "/server.key" }

func (c changes) names() string {
	var names []string
	for _, s := range c.list {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

func (c changes) has(name string) bool {
	return slices.ContainsFunc(c.list, func(s settingChange) bool { return s.name == name })
}

// commands are what a plan's reader sees.
func (c changes) commands(n *native) []string {
	var out []string
	for _, s := range c.list {
		out = append(out, fmt.Sprintf("to %s: %s   # was %s", n.dropIn(), s.setting().Line(), replica.Choose(s.from == "", "nothing", s.from)))
	}
	out = append(out, "to "+n.Config+": include "+n.dropIn())
	if c.restart {
		return append(out, n.restarting()...)
	}
	for _, s := range c.list {
		out = append(out, fmt.Sprintf("CONFIG SET %s %q", s.name, s.to))
	}
	return out
}

// restarting are the commands of a restart.
func (n *native) restarting() []string {
	restart := "systemctl restart " + n.Unit
	if n.logsChanges() {
		return []string{restart}
	}
	return []string{"BGSAVE", restart}
}

// listenSettings let the replica's clients in where the primary lets in its own: on its address, if the primary listens
// to others than its own host. They go by what both were before Belt changed anything.
func (m making) listenSettings() []conf.Setting {
	if m.primary.Node.App != m.target.Node.App || !listensBeyond(m.pn) {
		return nil
	}
	bind, own := m.tn.before("bind"), m.target.Node.Address(m.primary.Node, m.Options.Over)
	if _, known := m.tn.Settings["bind"]; !known || listens(m.tn, bind, own) || !slices.Contains(m.target.Host.Addresses, own) {
		return nil
	}
	bind = withAddress(m.tn, bind, own)
	out := []conf.Setting{{Name: "bind", Args: strings.Fields(bind)}}
	if m.tn.guarded(m.tn.before("protected-mode"), bind) && m.pn.Open {
		out = append(out, conf.Setting{Name: "protected-mode", Args: []string{"no"}})
	}
	return out
}

// listensBeyond tells whether clients on other hosts reached the primary before Belt changed anything.
func listensBeyond(n *native) bool {
	bind := n.before("bind")
	if n.guarded(n.before("protected-mode"), bind) {
		return false
	}
	for _, a := range strings.Fields(bind) {
		a = strings.TrimPrefix(a, "-")
		if a != "127.0.0.1" && a != "::1" && a != "localhost" {
			return true
		}
	}
	return bind == "" && !n.can(listensAnew)
}

// before is a setting as it was before Belt changed it, on a primary or on a replica.
func (n *native) before(name string) string {
	for _, record := range []saved{n.saved(), n.written()} {
		if v, noted := record[name]; noted {
			return v
		}
	}
	return n.Settings[name]
}
