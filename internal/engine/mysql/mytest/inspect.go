package mytest

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// inspect answers as inspect.sh does, with the instance's own answers as both clients print them.
func (s *Server) inspect(c machinetest.Call) (string, error) {
	survey := c.Args[5] == "survey"
	var b strings.Builder
	put := func(name, text string) { fmt.Fprintf(&b, "%s=%s\n", name, text) }
	put("hostname", strings.ReplaceAll(s.key(), "/", "-"))
	put("arch", "x86_64")
	put("os", "Debian GNU/Linux 12 (bookworm)")
	put("cores", "2")
	put("memory_kb", fmt.Sprint(s.Memory>>10))
	put("systemd", "yes")
	put("addresses", "127.0.0.1 "+s.Internal+" "+s.External)
	put("installed", "yes")
	put("program", map[bool]string{true: "/usr/sbin/mariadbd", false: "/usr/sbin/mysqld"}[s.world.mariadb()])
	put("version", s.world.Version)
	put("client", map[bool]string{true: "/usr/bin/mariadb", false: "/usr/bin/mysql"}[s.world.mariadb()])
	if !s.world.mariadb() {
		put("dumper", "yes")
		if !s.NoClone {
			put("clone_library", "yes")
		}
	}
	put("main_file", "/etc/mysql/my.cnf")
	put("drop_ins", s.dropIns())
	put("data_dir", dataDir)
	put("port", "3306")
	put("owner", "mysql")
	put("service", s.Unit)
	put("socket", "/run/mysqld/mysqld.sock")
	put("start_took", "1900000")
	if s.Files.Has(s.DropIn()) {
		put("drop_in", "yes")
	}
	s.notes(put)
	if survey {
		put("free", fmt.Sprint(s.Free))
		put("log_free", fmt.Sprint(s.Free))
		put("used", fmt.Sprint(200<<20))
	}
	if s.running == nil {
		d := s.data()
		if s.world.mariadb() && d != nil && d.channel != nil {
			put("master_info", d.channel.host+" "+d.channel.port)
		}
		if survey && d != nil {
			put("stands", map[bool]string{true: cmp.Or(d.state(), "-"), false: d.logged()}[s.world.mariadb()])
		}
		put("problem", path.Base(s.Unit)+" is not running")
		return b.String(), nil
	}
	put("alive", "yes")
	put("process", s.running.process)
	s.replicate()
	b.WriteString("answers\n" + s.answers(survey))
	return b.String(), nil
}

func (s *Server) notes(put func(name, text string)) {
	state := "/var/lib/belt/state/" + s.world.Engine + "-3306."
	one := func(name, kind string) { put(name, strings.TrimSpace(s.Files.Read(state+kind))) }
	one("unfinished", "run")
	for _, file := range s.Files.Under("/var/lib/belt/state") {
		if strings.HasPrefix(file, state+"begun.") {
			put("begun", strings.TrimSpace(s.Files.Read(file)))
		}
	}
	one("saved", "settings")
	one("written", "replica")
	for _, file := range slices.Sorted(maps.Keys(s.Files)) {
		if strings.HasPrefix(file, dataDir+".belt-old-") && strings.HasSuffix(file, ".json") {
			put("kept", strings.TrimSpace(s.Files.Read(file)))
		}
	}
	if s.Files.Has(dataDir + ".belt-new") {
		put("new", "yes")
	}
}

const rowMark = "*************************** 1. row ***************************\n"

// answers is the client's vertical output.
func (s *Server) answers(survey bool) string {
	i, d := s.running, s.running.data
	settings := map[string]map[string]string{}
	for name, v := range i.settings {
		settings[name] = map[string]string{"v": v.text, "s": v.source, "f": v.file}
	}
	id, _ := strconv.ParseInt(i.settings["server_id"].text, 10, 64)
	glance := map[string]any{
		"version": s.world.Version + "-MariaDB", "server_id": id, "log_bin": i.on("log_bin"), "read_only": i.on("read_only"), "now": 1795836594.4,
		"made": d.made, "dirty_pages": 18, "settings": settings, "accounts": s.accounts(), "dumps": s.world.dumps(s), "clients": []any{},
	}
	if s.world.mariadb() {
		maps.Copy(glance, map[string]any{"binlog_pos": d.position(), "binlog_state": d.state(), "slave_pos": s.slavePos()})
	} else {
		maps.Copy(glance, map[string]any{"version": s.world.Version, "uuid": d.uuid, "executed": d.set(len(d.log)), "purged": d.set(d.purged), "filters": 0})
	}
	out := rowMark + "json: " + machinetest.JSON(glance) + "\n"
	if i.on("log_bin") {
		out += rowMark + fmt.Sprintf("            File: binlog.000001\n        Position: %d\n    Binlog_Do_DB: \nBinlog_Ignore_DB: \n", 4+100*len(d.log))
		out += rowMark + fmt.Sprintf(" Log_name: binlog.000001\nFile_size: %d\n", 4+100*len(d.log))
	}
	out += s.channelRow()
	if survey {
		out += rowMark + "json: " + machinetest.JSON(s.survey()) + "\n"
		out += rowMark + `json: {"writes": 0.000, "log_per_sec": 0}` + "\n"
	}
	return out
}

func (s *Server) survey() map[string]any {
	d := s.running.data
	plugins := []map[string]string{}
	for name := range d.plugins {
		plugins = append(plugins, map[string]string{"name": name, "library": "mysql_" + name + ".so"})
	}
	answer := map[string]any{
		"engines": []map[string]any{{"engine": "InnoDB", "tables": 3, "bytes": 1 << 20, "example": "shop.orders"}}, "plugins": plugins,
		"events": []any{}, "triggers": 0, "encrypted": 0,
	}
	if s.MyISAM > 0 {
		answer["engines"] = append(answer["engines"].([]map[string]any), map[string]any{"engine": "MyISAM", "tables": 2, "bytes": s.MyISAM, "example": "shop.notes"})
	}
	if s.world.mariadb() && s.running.on("log_bin") {
		answer["first_pos"] = ""
		if d.purged > 0 {
			e := d.log[d.purged-1]
			answer["first_pos"] = fmt.Sprintf("0-%s-%d", e.origin, e.number)
		}
	}
	return answer
}

func (s *Server) accounts() []map[string]string {
	list := []map[string]string{}
	for _, account := range slices.Sorted(maps.Keys(s.running.data.accounts)) {
		if name, host, _ := strings.Cut(account, "@"); strings.HasPrefix(name, "belt_") {
			list = append(list, map[string]string{"name": name, "host": host})
		}
	}
	return list
}

// dumps are the replicas that read from a server now.
func (w *World) dumps(p *Server) []map[string]string {
	list := []map[string]string{}
	for _, s := range w.servers {
		if s.running == nil || s.running.data.channel == nil || !s.running.data.channel.running {
			continue
		}
		if from, why := s.source(); why == nil && from == p {
			list = append(list, map[string]string{"user": s.running.data.channel.user, "host": s.Internal + ":41234"})
		}
	}
	return list
}

// channelRow is SHOW REPLICA STATUS, in the old words that MariaDB prints to this day.
func (s *Server) channelRow() string {
	c := s.running.data.channel
	if c == nil {
		return ""
	}
	reading, applying, errno, text, done := "Yes", "Yes", 0, "", 4
	if !c.running {
		reading, applying = "No", "No"
	} else if p, why := s.source(); why != nil {
		reading, errno, text = "Connecting", why.errno, why.text
		if why.errno == 1236 || why.errno == 1593 {
			reading = "No"
		}
	} else {
		done = 4 + 100*len(p.running.data.log)
	}
	io, from, behind := "Slave_IO", "Master", "0"
	if !s.world.mariadb() {
		io, from = "Replica_IO", "Source"
	}
	if reading != "Yes" {
		behind = "NULL"
	}
	sqlThread := strings.Replace(io, "IO", "SQL", 1)
	var b strings.Builder
	b.WriteString(rowMark)
	for _, pair := range [][2]string{
		{"Connection_name", ""}, {from + "_Host", c.host}, {from + "_Port", c.port}, {from + "_User", c.user},
		{from + "_Log_File", "binlog.000001"}, {"Read_" + from + "_Log_Pos", fmt.Sprint(done)},
		{"Relay_" + from + "_Log_File", "binlog.000001"}, {io + "_Running", reading}, {sqlThread + "_Running", applying},
		{"Exec_" + from + "_Log_Pos", fmt.Sprint(done)}, {"Seconds_Behind_" + from, behind},
		{"Last_IO_Errno", fmt.Sprint(errno)}, {"Last_IO_Error", text}, {"Last_SQL_Errno", "0"}, {"Last_SQL_Error", ""},
		{"Using_Gtid", "Slave_Pos"}, {"Auto_Position", "1"},
	} {
		fmt.Fprintf(&b, "%31s: %s\n", pair[0], pair[1])
	}
	return b.String()
}
