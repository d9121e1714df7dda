package mytest

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// instance is a running server program.
type instance struct {
	process  string
	settings map[string]value
	data     *data
}

type value struct{ text, source, file string }

// defaults are the compiled values that matter.
func (w *World) defaults() map[string]string {
	d := map[string]string{
		"server_id": "1", "log_bin": "OFF", "binlog_format": "MIXED", "read_only": "OFF", "relay_log_recovery": "OFF", "relay_log": "",
		"event_scheduler": "OFF", "bind_address": "", "skip_networking": "OFF", "ssl_cert": "", "ssl_key": "", "expire_logs_days": "10",
		"binlog_expire_logs_seconds": "864000", "lower_case_table_names": "0", "innodb_page_size": "16384", "innodb_data_file_path": "ibdata1:12M:autoextend",
		"log_bin_basename": dataDir + "/binlog", "sync_binlog": "1",
	}
	if w.mariadb() {
		maps.Copy(d, map[string]string{"log_slave_updates": "OFF", "gtid_strict_mode": "OFF", "innodb_undo_tablespaces": "0", "have_ssl": "DISABLED"})
		if w.Version >= "11.4" {
			d["slave_connections_needed_for_purge"] = "1"
		}
		return d
	}
	maps.Copy(d, map[string]string{
		"log_bin": "ON", "binlog_format": "ROW", "super_read_only": "OFF", "enforce_gtid_consistency": "OFF", "gtid_mode": "OFF", "log_replica_updates": "ON",
		"event_scheduler": "ON", "binlog_expire_logs_seconds": "2592000", "ssl_cert": "server-cert.pem", "ssl_key": "server-key.pem",
		"skip_slave_start": "OFF", "skip_replica_start": "OFF",
	})
	delete(d, "expire_logs_days")
	return d
}

// Start starts the instance with the options that its files have now.
func (s *Server) Start() error {
	if s.running != nil {
		return nil
	}
	d := s.data()
	switch {
	case s.Broken["start"] != "":
		return errors.New(s.Broken["start"])
	case d == nil:
		return errors.New("Can't open and lock privilege tables: Table 'mysql.db' doesn't exist")
	}
	i := &instance{process: fmt.Sprintf("41.7-%d", s.world.tick()), settings: map[string]value{}, data: d}
	for name, text := range s.world.defaults() {
		i.settings[name] = value{text, "compile-time", ""}
	}
	for _, file := range []string{s.conf(), s.DropIn()} {
		for line := range strings.Lines(s.Files.Read(file)) {
			name, text, ok := strings.Cut(strings.TrimSpace(line), " = ")
			if !ok || strings.HasPrefix(name, "#") {
				continue
			}
			if _, known := i.settings[name]; !known {
				return fmt.Errorf("unknown variable '%s=%s'", name, text)
			}
			if name == "log_bin" && text != "OFF" {
				text = "ON"
			}
			i.settings[name] = value{text, "config", file}
		}
	}
	if s.world.mariadb() && i.settings["ssl_cert"].text != "" {
		if !s.Files.Has(i.settings["ssl_cert"].text) {
			return errors.New("failed to setup SSL: unable to get certificate")
		}
		i.settings["have_ssl"] = value{"YES", "compile-time", ""}
	}
	s.running = i
	if i.on("log_bin") {
		s.Files.Write(dataDir+"/binlog.000001", "", "mysql")
	}
	if d.channel != nil {
		d.channel.running = !i.on("skip_replica_start") && !i.on("skip_slave_start")
	}
	return nil
}

// Stop stops the instance.
func (s *Server) Stop() { s.running = nil }

func (i *instance) on(name string) bool {
	return i.settings[name].text == "ON" || i.settings[name].text == "1"
}

// Ready is the guard of a swap.
func (s *Server) Ready(folder string, args []string) error {
	if s.dataAt(folder) == nil || !s.Files.Has(folder+"/"+args[0]) {
		return fmt.Errorf("the copy in %s has no %s", folder, args[0])
	}
	return nil
}

// origin is by what the server's own transactions are known.
func (s *Server) origin() string {
	if s.world.mariadb() {
		return s.running.settings["server_id"].text
	}
	return s.running.data.uuid
}

// execute runs a change of data on the running server, which logs it unless the session says not to.
func (s *Server) execute(logged bool, do func(*data)) {
	d := s.running.data
	do(d)
	if !logged || !s.running.on("log_bin") {
		return
	}
	n := 1
	if s.world.mariadb() {
		n = d.last() + 1
	} else {
		for _, e := range d.log {
			if e.origin == d.uuid {
				n++
			}
		}
	}
	d.log = append(d.log, event{s.origin(), n, do})
}

var _ machinetest.Service = (*Server)(nil)
