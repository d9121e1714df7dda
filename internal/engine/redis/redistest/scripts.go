package redistest

import (
	"fmt"
	"path"
	"strings"
)

func (s *Server) nothing(call) (string, error) { return "", nil }

func (s *Server) put(file, text string) (string, error) {
	if why := s.broken["write"]; why != "" {
		return "", fails("%s", why)
	}
	s.files[file] = text
	return "", nil
}

func (s *Server) writeFile(c call) (string, error) {
	if fmt.Sprint(len(c.input)) != c.Args[1] {
		return "", fails("only %d of %s bytes arrived", len(c.input), c.Args[1])
	}
	return s.put(c.Args[0], c.input)
}

func (s *Server) note(c call) (string, error)     { return s.put(c.Args[0], c.input) }
func (s *Server) noteWord(c call) (string, error) { return s.put(c.Args[0], c.Args[1]+"\n") }

func (s *Server) readFile(c call) (string, error) {
	text, there := s.files[c.Args[0]]
	if !there {
		return "", fails("cat: %s: No such file or directory", c.Args[0])
	}
	return text, nil
}

func (s *Server) show(c call) (string, error) { return s.files[c.Args[0]], nil }

func (s *Server) showNotes(c call) (string, error) {
	if text, there := s.files[c.Args[0]]; there {
		return text, nil
	}
	return "{}\n", nil
}

func (s *Server) removeFiles(c call) (string, error) {
	for _, p := range c.Args {
		delete(s.files, p)
	}
	return "", nil
}

// removeUnused gets the folder of Belt's certificates, and the file that names those in use.
func (s *Server) removeUnused(c call) (string, error) {
	for _, p := range s.under(c.Args[0]) {
		if !strings.Contains(s.files[c.Args[1]], p) {
			delete(s.files, p)
		}
	}
	return "", nil
}

func (s *Server) there(c call) (string, error) {
	if s.has(c.Args[0]) {
		return "there\n", nil
	}
	return "", nil
}

func (s *Server) bothThere(c call) (string, error) {
	if s.has(c.Args[0]) && s.has(c.Args[1]) {
		return "there\n", nil
	}
	return "", nil
}

func (s *Server) eitherThere(c call) (string, error) {
	if s.has(c.Args[0]) || s.has(c.Args[1]) {
		return "left\n", nil
	}
	return "", nil
}

func (s *Server) gone(c call) (string, error) {
	if s.has(c.Args[0]) || strings.Contains(c.Script, ".json") && s.has(c.Args[0]+".json") {
		return "", nil
	}
	return "gone\n", nil
}

// removed gets the configuration, Belt's file, and further files.
func (s *Server) removed(c call) (string, error) {
	for _, f := range c.Args[1:] {
		if s.has(f) {
			return "", nil
		}
	}
	if strings.Contains(s.files[c.Args[0]], "include "+c.Args[1]) {
		return "", nil
	}
	return "none\n", nil
}

func (s *Server) lookForUser(c call) (string, error) {
	if strings.Contains("\n"+s.files[c.Args[0]], "\nuser "+c.Args[1]+" ") {
		return "there\n", nil
	}
	return "", nil
}

// move is the function of move.sh: of the instance's files, only the dump is ever there.
func (s *Server) move(from, to string) {
	if strings.Contains(path.Base(to), ".belt-") {
		s.files[to+"/dump.rdb"] = s.files[s.rdb()]
		delete(s.files, s.rdb())
		return
	}
	s.files[s.rdb()] = s.files[from+"/dump.rdb"]
	s.remove(from)
}

func (s *Server) aside(c call) (string, error) {
	data, old, note := c.Args[0], c.Args[1], c.Args[3]
	s.stop()
	switch {
	case note == "delete":
		delete(s.files, s.rdb())
	case !s.has(old + ".json"):
		s.files[old+".json"] = note + "\n"
		s.move(data, old)
	case s.has(old + "/dump.rdb"):
		delete(s.files, s.rdb())
	case s.has(s.rdb()):
		s.move(data, old)
	}
	return "", nil
}

func (s *Server) putBack(c call) (string, error) {
	data, aside, old, start := c.Args[0], c.Args[1], c.Args[2], c.Args[4]
	if s.has(old) {
		s.stop()
		if s.has(s.rdb()) {
			if s.has(aside) {
				return "", fails("%s and %s and %s are all there", aside, data, old)
			}
			s.move(data, aside)
		}
		s.move(old, data)
	}
	delete(s.files, old+".json")
	if start == "start" {
		if err := s.start(); err != nil {
			return "", fails("%v", err)
		}
	}
	return "", nil
}

// putBackup gets the folder of a restored backup, what stands for the data, and where to note which run.
func (s *Server) putBackup(c call) (string, error) {
	fresh, data, note, run := c.Args[0], c.Args[1], c.Args[2], c.Args[3]
	if s.has(fresh) {
		s.move(fresh, data)
	}
	delete(s.files, fresh+".complete")
	return s.put(note, run+"\n")
}

// Restore fills a folder with a backup of another server, as it would come out of its stream.
func (s *Server) Restore(from *Server, folder string) {
	from.do(from.save)
	s.do(func() { s.files[folder+"/dump.rdb"] = from.files[from.rdb()] })
}

func (s *Server) putAgain(c call) (string, error) {
	data, aside, old, note := c.Args[0], c.Args[1], c.Args[2], c.Args[4]
	if !s.has(aside) {
		return "", nil
	}
	s.stop()
	if !s.has(old) {
		s.move(data, old)
	}
	s.move(aside, data)
	s.files[old+".json"] = note + "\n"
	if err := s.start(); err != nil {
		return "", fails("%v", err)
	}
	return "", nil
}

func (s *Server) deleteFolder(c call) (string, error) {
	s.remove(c.Args[0])
	delete(s.files, c.Args[0]+".json")
	return "", nil
}

func (s *Server) patience(c call) (string, error) {
	file := "/etc/systemd/system/" + c.Args[0] + ".d/belt.conf"
	if strings.Contains(c.Script, "infinity") {
		return s.put(file, "[Service]\nTimeoutStartSec=infinity\n")
	}
	delete(s.files, file)
	return "", nil
}

func (s *Server) startUnit(c call) (string, error) {
	if c.Args[1] == "restart" {
		s.stop()
	}
	if err := s.start(); err != nil {
		return "", fails("%v", err)
	}
	return "", nil
}

func (s *Server) readLog(call) (string, error) {
	if s.running != nil && s.running.master != "" {
		if _, err := s.reach(s.running); err != nil {
			return "1:S 28 Nov 2026 03:00:00.000 # Unable to AUTH to MASTER: " + err.Error() + "\n", nil
		}
	}
	return "", nil
}

func (s *Server) knock(c call) (string, error) {
	head := "source=" + s.Internal + "\n"
	p := s.world.at(c.Args[1])
	if p == nil || p.running == nil {
		return head + "Could not connect: Connection refused\n", nil
	}
	if err := p.open(c.Args[1], c.Args[2], c.Args[3] == "tls"); err != nil {
		return head + err.Error() + "\n", nil
	}
	if c.Args[3] == "tls" {
		return head + "Could not connect: SSL_connect failed: certificate verify failed\n", nil
	}
	return head + "NOAUTH Authentication required.\n", nil
}

func (s *Server) login(c call) (string, error) {
	password := ""
	for line := range strings.Lines(s.files[c.Args[4]]) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), "masterauth "); ok {
			password = p
		}
	}
	try := &instance{master: c.Args[1] + ":" + c.Args[2], settings: map[string]string{"masteruser": c.Args[3], "masterauth": password, "tls-ca-cert-file": c.Args[5]}}
	if c.Args[5] != "" {
		try.settings["tls-replication"] = "yes"
	}
	if _, err := s.reach(try); err != nil {
		return "ERROR,\"" + err.Error() + "\"\n", nil
	}
	return "\"OK\"\n\"PONG\"\n", nil
}
