package mongotest

import (
	"encoding/base64"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/yamltext"
)

// inspect is inspect.sh, behind host.sh and notes.sh.
func (s *Server) inspect(c call) (string, error) {
	var b strings.Builder
	put := func(name, format string, args ...any) { fmt.Fprintf(&b, "%s=%s\n", name, fmt.Sprintf(format, args...)) }
	put("hostname", "%s", s.Name)
	put("machine_id", "%s", s.MachineID)
	put("arch", "x86_64")
	put("os", "Debian GNU/Linux 12 (bookworm)")
	put("glibc", "2.36")
	put("cores", "2")
	put("memory_kb", "%d", s.Memory>>10)
	put("clock", "%d.%09d", time.Now().Unix(), time.Now().Nanosecond())
	put("systemd", "yes")
	put("addresses", "127.0.0.1 %s %s", s.Internal, s.External)
	if s.files.read(Conf) == "" && s.run == nil {
		return b.String(), nil
	}
	conf, _ := yamltext.ReadSettings(s.files.read(Conf))
	port := "27017"
	if conf != nil {
		if v, ok := conf.Get("net.port"); ok {
			port = v
		}
	}
	if s.run != nil {
		port = s.run.option("net.port")
		put("alive", "yes")
	}
	if want := c.Args[0]; want != "" && want != port {
		put("problem", "no mongod fits the inventory; there is: port %s with %s", port, Data)
		return b.String(), nil
	}
	put("installed", "yes")
	put("program", "/usr/bin/mongod")
	put("version", "%s", s.world.version)
	put("conf_file", "%s", Conf)
	put("conf", "%s", base64.StdEncoding.EncodeToString([]byte(s.files.read(Conf))))
	put("data_dir", "%s", Data)
	put("port", "%s", port)
	put("service", "%s", Unit)
	put("owner", "%s", owner)
	s.notes(put, "mongodb-"+port)
	if c.Args[4] == "survey" {
		put("free", "%d", s.Free)
		put("used", "%d", s.used())
		put("tools", "%s", s.Tools)
		if s.Tools == "" {
			put("missing", "mongodump mongorestore")
		}
	}
	if s.run == nil {
		put("problem", "mongod is not running")
	}
	return b.String(), nil
}

// notes is notes.sh.
func (s *Server) notes(put func(string, string, ...any), instance string) {
	state := "/var/lib/belt/state/" + instance
	put("unfinished", "%s", strings.TrimSpace(s.files.read(state+".run")))
	for _, p := range s.files.under(path.Dir(state)) {
		if strings.HasPrefix(p, state+".begun.") {
			put("begun", "%s", strings.TrimSpace(s.files.read(p)))
		}
	}
	put("saved", "%s", strings.TrimSpace(s.files.read(state+".settings")))
	put("written", "%s", strings.TrimSpace(s.files.read(state+".replica")))
	for _, p := range s.files.under(path.Dir(Data)) {
		if strings.HasPrefix(p, Data+".belt-old-") && strings.HasSuffix(p, ".json") {
			put("kept", "%s", strings.TrimSpace(s.files.read(p)))
		}
	}
	if s.files.has(Data + ".belt-new") {
		put("new", "yes")
	}
}

// used is what the data folder takes.
func (s *Server) used() int64 {
	if f, ok := s.files[Data+"/"+storage]; ok {
		return 300<<20 + f.store.size()
	}
	return 0
}

func (s *Server) isActive(call) (string, error) {
	switch {
	case s.run != nil:
		return "active\n", nil
	case s.failed != "":
		return "failed\n", nil
	}
	return "inactive\n", nil
}

// lastWords is the last complaint in mongod's log.
func (s *Server) lastWords(call) (string, error) {
	if s.failed == "" {
		return "", nil
	}
	return `{"s":"F","msg":` + strconv.Quote(s.failed) + "}\n", nil
}
