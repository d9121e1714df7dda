package mysql

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// replicaOptions are those that make the target a replica. A server that is down cannot tell what it has; what Belt wrote
// for it says it then.
func (m making) replicaOptions() []option {
	if noted := m.tn.written().Options; !m.target.Running && len(noted) > 0 {
		return noteOptions(noted)
	}
	id := strconv.FormatUint(uint64(m.serverID()), 10)
	same := func(name, value string) option { return option{name, value, value} }
	list := []option{
		same("server_id", id),
		// Its own log lets changes that were made on it be told from the primary's, and makes it ready to be promoted.
		{"log_bin", logName, "ON"},
		same("read_only", "ON"),
		same("relay_log_recovery", "ON"),
		// The events came with the data, and would run here a second time.
		same("event_scheduler", "OFF"),
		same("relay_log", "relay-bin"), // otherwise the name is the host's, which may change
	}
	if name, text := m.tn.retention(m.request, false); name != "" {
		list = append(list, same(name, text))
	}
	if m.engine.flavour == mariaDB {
		list = append(list,
			same(m.tn.words(logApplied), "ON"),
			// It stops at a transaction that does not follow its own last one, instead of going on with other data.
			same("gtid_strict_mode", "ON"),
		)
	} else {
		list = append(list, same("super_read_only", "ON"), same("enforce_gtid_consistency", "ON"), same("gtid_mode", "ON"))
		if name := m.tn.words(logApplied); m.tn.value(name) == "OFF" {
			list = append(list, same(name, "ON"))
		}
	}
	list = append(list, m.layout()...)
	if bind := m.replicaBind(); bind != "" {
		list = append(list, same("bind_address", bind))
	}
	if m.tn.on("skip_networking") && !m.pn.on("skip_networking") {
		list = append(list, same("skip_networking", "OFF"))
	}
	if m.needsCertificate() {
		list = append(list, same("ssl_cert", serverCert(m.tn)), same("ssl_key", serverKey(m.tn)))
	}
	return list
}

// needsCertificate tells whether the replica gets a certificate of its own: it has none in a file, and its group spans apps, so
// that it could not become the primary without a restart otherwise.
func (m making) needsCertificate() bool {
	if m.engine.flavour != mariaDB {
		return false
	}
	if have := m.tn.value("ssl_cert"); have != "" && have != serverCert(m.tn) {
		return false
	}
	app := m.primary.Node.App
	return m.Between || slices.ContainsFunc(m.members, func(f replication.Facts) bool { return f.Node.App != app })
}

// noteOptions are the options of a note.
func noteOptions(noted map[string]string) []option {
	var list []option
	for _, name := range slices.Sorted(maps.Keys(noted)) {
		o := option{name, noted[name], noted[name]}
		if name == "log_bin" {
			o.value = "ON"
		}
		list = append(list, o)
	}
	return list
}

// layout are the options by which a server finds its way in the copied files; they are part of a copy of files.
func (m making) layout() []option {
	var list []option
	before := m.tn.written().Options
	for _, name := range []string{"innodb_data_file_path", "innodb_undo_tablespaces", "innodb_page_size"} {
		want, have := m.pn.value(name), m.tn.value(name)
		was, ours := before[name]
		if m.why != "" {
			// A dump is loaded with the options that the target has, Belt's file among them.
			if ours {
				list = append(list, option{name, was, was})
			}
			continue
		}
		if want != "" && have != "" && (want != have || ours) {
			list = append(list, option{name, want, want})
		}
	}
	return list
}

// serverID is the target's number, which neither the primary nor another replica has.
func (m making) serverID() uint32 {
	id := serverID(m.target.Node)
	for {
		taken := id == m.pn.ServerID || slices.ContainsFunc(m.after.list, func(c optionChange) bool {
			return c.name == "server_id" && c.text == strconv.FormatUint(uint64(id), 10)
		})
		for _, f := range m.members {
			taken = taken || !f.Node.Same(m.target.Node) && nativeOf(f).ServerID == id
		}
		if !taken {
			return id
		}
		id++
	}
}

// replicaBind opens a replica that listens to itself only, where the primary serves the network: it exists to be read
// from. Empty when nothing has to change.
func (m making) replicaBind() string {
	primary := m.pn.value("bind_address")
	for _, c := range m.after.list {
		if c.name == "bind_address" {
			primary = c.text
		}
	}
	target := m.tn.value("bind_address")
	if before, ours := m.tn.written().Options["bind_address"]; ours {
		return before
	}
	if target == "" || !onlyLocal(target) || onlyLocal(primary) {
		return ""
	}
	if !m.tn.has(manyBinds) || listens(primary, "255.255.255.255") {
		return "*"
	}
	own := []string{target}
	for _, a := range []string{m.target.Node.Internal, m.target.Node.External} {
		if slices.Contains(m.target.Host.Addresses, a) && !slices.Contains(own, a) {
			own = append(own, a)
		}
	}
	return strings.Join(own, ",")
}

// note is what Belt notes on the target of the options that it writes there.
func (m making) note() written {
	return written{Source: m.source(), Options: optionTexts(m.replicaOptions()), Before: m.before, Begins: m.tn.written().Begins}
}
