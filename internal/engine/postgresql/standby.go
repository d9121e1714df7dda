package postgresql

import (
	"slices"
	"strconv"
	"strings"
)

// standbyLimits must not be lower on a standby than on its primary: it would stop with "recovery aborted because of
// insufficient parameter settings" (hot standby, administrator's overview).
func standbyLimits() []string {
	return []string{"max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions", "max_locks_per_transaction"}
}

// rewindWAL is how much of its WAL, in MB, a replica keeps behind its last restart point. pg_rewind has to read it back to
// the last checkpoint that both servers have; without it a replica that is promoted soon after it was made cannot be
// rewound ("could not find previous WAL record", seen on PostgreSQL 13 and 18).
const rewindWAL = 256

// standbySettings are the lines that make the target a replica.
func (m making) standbySettings() []autoLine {
	lines := []autoLine{
		{"primary_conninfo", m.conninfo()},
		{"primary_slot_name", m.Name},
		{"recovery_target_timeline", "latest"},
		{"hot_standby", "on"},
		// Lets pg_rewind mend this server if it is ever promoted by accident; it asks this of the server that is rewound
		// only, and a standby takes it over when it is promoted.
		{"wal_log_hints", "on"},
	}
	keep, _ := strconv.Atoi(m.tn.Settings["wal_keep_size"].Value)
	if keep < rewindWAL || slices.Contains(m.tn.Written, "wal_keep_size") {
		lines = append(lines, autoLine{"wal_keep_size", strconv.Itoa(rewindWAL)})
	}
	for _, r := range m.limits() {
		lines = append(lines, autoLine{r.name, r.to})
	}
	if listen := m.replicaListen(); listen != "" {
		lines = append(lines, autoLine{"listen_addresses", listen})
	}
	return lines
}

// writes are the names of the settings that Belt writes into the replica's file, for disable to take out again.
func (m making) writes() []string {
	var names []string
	for _, l := range m.standbySettings() {
		names = append(names, l.name)
	}
	return names
}

// raised are the target's limits that are lower than the primary's.
func (m making) raised() []settingChange {
	return slices.DeleteFunc(m.limits(), func(c settingChange) bool { return c.from == c.to })
}

// limits are the lines that keep the target's limits at least at the primary's: for those that are lower, and for those
// that a line of postgresql.auto.conf raises now, since the new data folder has not got that line.
func (m making) limits() []settingChange {
	var out []settingChange
	planned := map[string]string{}
	for _, c := range m.after.list {
		planned[c.name] = c.to
	}
	for _, name := range standbyLimits() {
		want := m.pn.Settings[name].Value
		if v, ok := planned[name]; ok {
			want = v
		}
		now := m.tn.Settings[name]
		need, err1 := strconv.Atoi(want)
		have, err2 := strconv.Atoi(now.Value)
		if err1 != nil || err2 != nil {
			continue
		}
		if have < need || slices.Contains(m.tn.Written, name) || strings.HasSuffix(now.File, autoConfName) {
			out = append(out, settingChange{name: name, from: now.Value, to: strconv.Itoa(max(need, have))})
		}
	}
	return out
}

// replicaListen opens a replica that listens to itself only, where the primary serves the network: it exists to be read
// from. Empty when nothing has to change.
func (m making) replicaListen() string {
	primary := m.pn.Settings["listen_addresses"].Value
	for _, c := range m.after.list {
		if c.name == "listen_addresses" {
			primary = c.to
		}
	}
	target := m.tn.Settings["listen_addresses"].Value
	if slices.Contains(m.tn.Written, "listen_addresses") {
		return target
	}
	if target == "" || !onlyLocal(target) || onlyLocal(primary) {
		return ""
	}
	if listens(primary, "*") {
		return "*"
	}
	own := []string{target}
	for _, a := range []string{m.Target.Facts.Node.Internal, m.Target.Facts.Node.External} {
		if slices.Contains(m.Target.Facts.Host.Addresses, a) && !slices.Contains(own, a) {
			own = append(own, a)
		}
	}
	return strings.Join(own, ",")
}

func onlyLocal(setting string) bool {
	for _, a := range strings.Split(setting, ",") {
		if a = strings.TrimSpace(a); a != "localhost" && !strings.HasPrefix(a, "127.") && a != "::1" && a != "" {
			return false
		}
	}
	return true
}
