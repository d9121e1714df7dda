package pgtest

import (
	"fmt"
	"slices"
	"strings"
)

// setting is one of a running instance.
type setting struct {
	value, source, file string
	pending             bool // a file has another value, which waits for a restart
}

// defaults are PostgreSQL's own, in the units of pg_settings.
func (w *World) defaults() map[string]string {
	d := map[string]string{
		"wal_level": "replica", "max_wal_senders": "10", "max_replication_slots": "10", "max_slot_wal_keep_size": "-1",
		"wal_keep_size": "0", "listen_addresses": "localhost", "port": "5432", "ssl": "off", "ssl_cert_file": "server.crt",
		"ssl_key_file": "server.key", "ssl_ca_file": "", "password_encryption": "scram-sha-256", "hot_standby": "on",
		"max_connections": "100", "max_worker_processes": "8", "max_prepared_transactions": "0", "max_locks_per_transaction": "64",
		"wal_log_hints": "off", "data_checksums": "off", "full_page_writes": "on", "primary_conninfo": "", "primary_slot_name": "",
		"block_size": "8192", "wal_segment_size": "16777216", "shared_buffers": "16384", "synchronous_standby_names": "",
		"archive_mode": "off", "shared_preload_libraries": "", "unix_socket_directories": "/var/run/postgresql",
		"recovery_target_timeline": "latest", "work_mem": "4096",
	}
	if w.version >= 17 {
		d["allow_alter_system"] = "on"
	}
	if w.version >= 18 {
		d["idle_replication_slot_timeout"] = "0"
		d["data_checksums"] = "on"
	}
	return d
}

// atStart are the settings that take effect only when the server starts.
var atStart = []string{
	"wal_level", "max_wal_senders", "max_replication_slots", "listen_addresses", "port", "max_connections", "max_worker_processes",
	"max_prepared_transactions", "max_locks_per_transaction", "wal_log_hints", "hot_standby", "shared_buffers", "archive_mode",
	"recovery_target_timeline", "unix_socket_directories",
}

var standbyLimits = []string{"max_connections", "max_worker_processes", "max_prepared_transactions", "max_wal_senders", "max_locks_per_transaction"}

// confLines reads a configuration file; the last line of a name wins.
func confLines(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		value = strings.TrimSpace(value)
		if strings.HasPrefix(value, "'") && strings.HasSuffix(value, "'") && len(value) > 1 {
			value = strings.ReplaceAll(value[1:len(value)-1], "''", "'")
		}
		out[strings.TrimSpace(name)] = value
	}
	return out
}

// confText writes postgresql.auto.conf as the server does.
func confText(values map[string]string) string {
	var b strings.Builder
	b.WriteString(autoHeader)
	for _, name := range sorted(values) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(values[name], "'", "''"))
	}
	return b.String()
}

// inFiles is what the files say now.
func (s *Server) inFiles() map[string]setting {
	out := map[string]setting{}
	for name, value := range s.world.defaults() {
		out[name] = setting{value: value, source: "default"}
	}
	for _, path := range []string{s.conf(), s.Data() + "/" + autoConf} {
		for name, value := range confLines(s.Files.Read(path)) {
			out[name] = setting{value: plain(name, value), source: "configuration file", file: path}
		}
	}
	out["hba_file"] = setting{value: s.HBA(), source: "configuration file", file: s.conf()}
	out["config_file"] = setting{value: s.conf(), source: "override"}
	out["data_directory"] = setting{value: s.Data(), source: "override"}
	return out
}

// plain is a value in the unit of pg_settings.
func plain(name, value string) string {
	if name == "max_slot_wal_keep_size" {
		return strings.TrimSuffix(value, "MB")
	}
	return value
}

// reload takes from the files what needs no restart.
func (s *Server) reload() {
	s.running.loaded = s.world.tick()
	s.running.hba = s.Files.Read(s.HBA())
	for name, now := range s.inFiles() {
		old := s.running.settings[name]
		if slices.Contains(atStart, name) {
			old.pending = old.value != now.value
			s.running.settings[name] = old
			continue
		}
		s.running.settings[name] = now
	}
}
