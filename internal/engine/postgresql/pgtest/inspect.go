package pgtest

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// settingsAsked are those of inspect.sql.
var settingsAsked = strings.Fields(`wal_level max_wal_senders max_replication_slots max_slot_wal_keep_size wal_keep_size listen_addresses
port ssl ssl_cert_file ssl_key_file ssl_ca_file password_encryption hba_file config_file data_directory hot_standby max_connections
max_worker_processes max_prepared_transactions max_locks_per_transaction wal_log_hints data_checksums full_page_writes
primary_conninfo primary_slot_name block_size wal_segment_size shared_buffers allow_alter_system synchronous_standby_names
idle_replication_slot_timeout archive_mode shared_preload_libraries unix_socket_directories`)

// bytesOfData is what pg_database_size says of each of two databases, and of the folder.
const bytesOfData, bytesOfWAL, bytesOnDisk = 50 << 20, 32 << 20, 150 << 20

type object = map[string]any

// inspect answers as inspect.sh does; testdata/postgresql has what real servers said.
func (s *Server) inspect(c machinetest.Call) (string, error) {
	var b strings.Builder
	put := func(name string, value any) { fmt.Fprintf(&b, "%s=%v\n", name, value) }
	release := map[int]string{13: "11 (bullseye)", 15: "12 (bookworm)", 17: "13 (trixie)"}[s.world.version]
	data, state := s.Data(), "/var/lib/belt/state/postgresql-5432"
	put("hostname", s.App+"-"+s.Server)
	put("machine_id", s.MachineID)
	put("arch", "x86_64")
	put("os", "Debian GNU/Linux "+release)
	put("glibc", "2.36")
	put("cores", 2)
	put("memory_kb", s.Memory>>10)
	put("systemd", "yes")
	put("addresses", "127.0.0.1 "+s.Internal+" "+s.External)
	put("installed", "yes")
	put("version", s.world.version)
	put("cluster", "main")
	put("config_dir", s.etc())
	put("data_dir", data)
	put("port", 5432)
	put("owner", "postgres")
	if s.running != nil {
		put("alive", "yes")
	}
	put("bin_dir", s.bin())
	put("missing", "")
	put("service", s.Unit)
	if x := s.cluster(); x != nil {
		put("control", s.controlState(x))
		put("control_id", x.system)
		put("control_lsn", position(x.lsn))
		if s.world.defaults()["data_checksums"] == "on" || confLines(s.Files.Read(data + "/" + autoConf))["wal_log_hints"] == "on" {
			put("rewind_safe", "yes")
		}
	}
	if s.Files.Has(data + "/standby.signal") {
		put("standby_signal", "yes")
	}
	put("conninfo", conninfoLine(s.Files.Read(data+"/"+autoConf)))
	put("unfinished", strings.TrimSpace(s.Files.Read(state+".run")))
	for _, p := range sorted(s.Files) {
		if strings.HasPrefix(p, state+".begun.") {
			put("begun", strings.TrimSpace(s.Files.Read(p)))
		}
	}
	put("saved", strings.TrimSpace(s.Files.Read(state+".settings")))
	put("written", strings.TrimSpace(s.Files.Read(state+".replica")))
	for _, p := range sorted(s.Files) {
		if ok, _ := path.Match(data+".belt-old-*.json", p); ok {
			put("kept", strings.TrimSpace(s.Files.Read(p)))
		}
	}
	if s.Files.Has(data + ".belt-new") {
		put("new", "yes")
	}
	survey := c.Args[4] == "survey"
	if survey {
		put("free", s.Free)
		put("wal_free", s.WALFree)
		put("used", bytesOnDisk)
	}
	if s.running == nil {
		put("problem", fmt.Sprintf("PostgreSQL %d/main is not running", s.world.version))
		for _, name := range append([]string{"unix_socket_directories", "listen_addresses", "hba_file"}, standbyLimits...) {
			put("setting."+name, s.inFiles()[name].value)
		}
		for _, line := range hbaLines(s.Files.Read(s.HBA())) {
			put("rule", line)
		}
		put("socket_dir", "/var/run/postgresql")
		return b.String(), nil
	}
	put("socket_dir", "/var/run/postgresql")
	put("json", machinetest.JSON(s.facts()))
	if survey {
		put("json", machinetest.JSON(s.sizes()))
		put("json", `{"writes": 0, "wal_per_sec": 0}`)
	}
	return b.String(), nil
}

func (s *Server) controlState(x *cluster) string {
	standby := s.Files.Has(s.Data() + "/standby.signal")
	switch {
	case s.running != nil && standby:
		return "in archive recovery"
	case s.running != nil || !x.clean:
		return "in production"
	case standby:
		return "shut down in recovery"
	}
	return "shut down"
}

var conninfoSetting = regexp.MustCompile(`(?m)^primary_conninfo *= *(.*)$`)

func conninfoLine(text string) string {
	if all := conninfoSetting.FindAllStringSubmatch(text, -1); all != nil {
		return all[len(all)-1][1]
	}
	return ""
}

// facts is the first object of inspect.sql.
func (s *Server) facts() object {
	x := s.running.cluster
	settings := object{}
	for _, name := range settingsAsked {
		if v, ok := s.running.settings[name]; ok {
			settings[name] = object{"v": v.value, "s": v.source, "f": v.file, "p": v.pending}
		}
	}
	f := object{
		"version_num": s.world.version*10000 + 4, "server_version": fmt.Sprintf("%d.4", s.world.version), "system_identifier": x.system,
		"started": fmt.Sprintf("17953352%08d", s.running.started), "in_recovery": s.running.recovery, "timeline": x.timeline,
		"lsn": position(x.lsn), "received": nil, "replay_stamp": nil, "now": 1795335343.5, "replay_paused": false,
		"settings": settings, "receiver": nil, "senders": []object{}, "slots": []object{}, "roles": []object{},
		"clients": []object{}, "tablespaces": []object{}, "hba": hbaLines(s.Files.Read(s.HBA())),
	}
	if s.running.recovery {
		f["received"] = position(x.lsn)
	}
	if p, _ := s.upstream(); p != nil {
		conn := pairs(s.value("primary_conninfo"))
		f["receiver"] = object{"status": "streaming", "host": conn["host"], "port": 5432, "slot": s.value("primary_slot_name")}
	}
	add := func(list string, o object) { f[list] = append(f[list].([]object), o) }
	for _, key := range sorted(s.streams()) {
		r := s.streams()[key]
		conn := pairs(r.value("primary_conninfo"))
		add("senders", object{"application": conn["application_name"], "client": r.Internal, "state": "streaming",
			"slot": r.value("primary_slot_name"), "user": conn["user"], "replayed": position(r.running.cluster.lsn), "replay_lag": 0})
	}
	for _, name := range sorted(x.slots) {
		sl := x.slots[name]
		o := object{"name": name, "active": s.slotUser(name) != nil, "status": "reserved", "retained": x.lsn - sl.restart, "restart": position(sl.restart), "physical": true}
		if sl.lost {
			o["status"], o["restart"], o["retained"] = "lost", "", 0
		}
		add("slots", o)
	}
	for _, name := range sorted(x.catalog.roles) {
		if strings.HasPrefix(name, "belt_") {
			add("roles", object{"name": name, "note": x.catalog.roles[name].comment})
		}
	}
	for _, name := range sorted(x.catalog.spaces) {
		place := x.catalog.spaces[name]
		if link := s.Data() + "/pg_tblspc/" + name; s.Files.Has(link) {
			place = s.Files.Read(link)
		}
		add("tablespaces", object{"name": name, "path": place})
	}
	return f
}

func hbaLines(text string) []string {
	out := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// sizes is the second object of inspect.sql.
func (s *Server) sizes() object {
	db := func(name string) object {
		return object{"name": name, "bytes": bytesOfData, "provider": "c", "collation": "en_US.UTF-8", "version": "2.36", "connect": true}
	}
	return object{
		"databases": []object{db("postgres"), db("shop")}, "wal_bytes": bytesOfWAL,
		"oldest_wal": fmt.Sprintf("00000000%08X%08X", s.oldest()>>32, uint32(s.oldest())>>24),
		"locales":    object{"c": "2.36", "i": "153.120"}, "hba_errors": []string{},
	}
}

// oldest is the position that the oldest segment holds: what the slots keep, and else all since the last gone one.
func (s *Server) oldest() uint64 {
	return s.running.cluster.kept
}
