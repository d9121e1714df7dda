package redistest

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"path"
	"strings"
)

// inspect prints what inspect.sh prints.
func (s *Server) inspect(c call) (string, error) {
	var b strings.Builder
	put := func(name, value string) { fmt.Fprintf(&b, "%s=%s\n", name, strings.TrimSuffix(value, "\n")) }
	f := s.world.flavour
	put("hostname", s.App+"-"+s.Name)
	put("arch", "x86_64")
	put("os", "Debian")
	put("memory_kb", "8388608")
	put("systemd", "yes")
	put("addresses", "127.0.0.1 "+s.Internal+" "+s.External)
	put("installed", "yes")
	put("service", s.unit())
	put("program", "/usr/bin/"+f+"-server")
	put("version", strings.ToUpper(f[:1])+f[1:]+" server v="+s.world.version+" sha=0")
	put("conf", s.Conf())
	put("port", "6379")
	put("owner", f)
	put("group", f)
	for _, d := range s.directives(s.Conf()) {
		if strings.Contains(d, "\trequirepass ") || strings.Contains(d, "\tmasterauth ") {
			d = d[:strings.LastIndexByte(d, ' ')] + " ***"
		}
		put("line", d)
		if file, ok := strings.CutPrefix(d[strings.LastIndexByte(d, '\t')+1:], "aclfile "); ok {
			for line := range strings.Lines(s.files[file]) {
				if words := strings.Fields(line); len(words) > 1 {
					put("aclfile_user", words[1])
				}
			}
		}
	}
	put("password_id", "same")
	put("dir", s.dir())
	s.notes(put)
	if text, there := s.files[s.rdb()]; there {
		put("rdb_head", head(parseData(text)))
	}
	if c.Args[5] == "survey" {
		put("free", fmt.Sprint(int64(40)<<30))
		put("used", "50")
		put("overcommit", "1")
		put("available_kb", "4194304")
		put("listening", "22 6379")
	}
	put("client", "/usr/bin/"+f+"-cli")
	put("host", "127.0.0.1")
	if s.running == nil {
		put("problem", s.unit()+" is inactive")
		return b.String(), nil
	}
	put("alive", "yes")
	b.WriteString("answers\n" + s.answer(s.running, c.input, false) + "\n")
	put("problem_client", "")
	return b.String(), nil
}

func (s *Server) notes(put func(name, value string)) {
	name := s.world.flavour + "-6379"
	state := "/var/lib/belt/state/" + name
	put("unfinished", s.files[state+".run"])
	put("saved", s.files[state+".settings"])
	put("written", s.files[state+".replica"])
	put("buffers", s.files[state+".buffers"])
	for _, p := range sorted(s.files) {
		switch base := path.Base(p); {
		case strings.HasPrefix(p, state+".begun."):
			put("begun", s.files[p])
		case strings.HasPrefix(base, name+".belt-old-") && strings.HasSuffix(base, ".json"):
			put("kept", s.files[p])
		}
	}
	if s.has("/etc/" + s.world.flavour + "/belt-6379.conf") {
		put("drop_in", "yes")
	}
}

// head is how a dump begins: where in the stream of changes it stands.
func head(d *data) string {
	out := []byte("REDIS0010")
	if d.id != "" {
		out = append(out, 0xfa, 7)
		out = append(out, "repl-id"...)
		out = append(out, byte(len(d.id)))
		out = append(out, d.id...)
		out = append(out, 0xfa, 11)
		out = append(out, "repl-offset"...)
		out = append(out, 0xc2)
		out = binary.LittleEndian.AppendUint32(out, uint32(d.offset))
	}
	return base64.StdEncoding.EncodeToString(append(out, 0xff))
}
