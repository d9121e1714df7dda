package pgtest

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

func (s *Server) writeFile(c call) (string, error) {
	if fmt.Sprint(len(c.input)) != c.Args[1] {
		return "", fails("only %d of %s bytes arrived", len(c.input), c.Args[1])
	}
	if why := s.broken["write"]; why != "" {
		return "", fails("%s", why)
	}
	s.files.write(c.Args[0], c.input, c.Args[3])
	return "", nil
}

// note writes a record into Belt's own folder.
func (s *Server) note(c call) (string, error) {
	if why := s.broken["write"]; why != "" {
		return "", fails("%s", why)
	}
	s.files.mkdir("/var/lib/belt", "root")
	s.files.mkdir(path.Dir(c.Args[0]), "root")
	s.files.write(c.Args[0], c.input, "root")
	return "", nil
}

func (s *Server) readFile(c call) (string, error) {
	if !s.files.has(c.Args[0]) {
		return "", fails("cat: %s: No such file or directory", c.Args[0])
	}
	return s.files.read(c.Args[0]), nil
}

// show is a file's content, or nothing.
func (s *Server) show(c call) (string, error) { return s.files.read(c.Args[0]), nil }

func (s *Server) showNotes(c call) (string, error) {
	if !s.files.has(c.Args[0]) {
		return "{}\n", nil
	}
	return s.files.read(c.Args[0]), nil
}

func (s *Server) there(c call) (string, error) {
	if s.files.has(c.Args[0]) {
		return "there\n", nil
	}
	return "", nil
}

func (s *Server) bothThere(c call) (string, error) {
	if s.files.read(c.Args[0]) != "" && s.files.read(c.Args[1]) != "" {
		return "there\n", nil
	}
	return "", nil
}

func (s *Server) eitherThere(c call) (string, error) {
	if s.files.has(c.Args[0]) || s.files.has(c.Args[1]) {
		return "left\n", nil
	}
	return "", nil
}

func (s *Server) removed(c call) (string, error) {
	for _, file := range c.Args[1:] {
		id, isJob := strings.CutPrefix(file, "/var/lib/belt/jobs/")
		if s.files.has(file) || isJob && s.jobs[id] != nil {
			return "", nil
		}
	}
	if strings.Contains(s.files.read(c.Args[0]), "# belt-copied\n") {
		return "", nil
	}
	return "none\n", nil
}

func (s *Server) gone(c call) (string, error) {
	if s.files.has(c.Args[0]) || strings.Contains(c.Script, ".json") && s.files.has(c.Args[0]+".json") {
		return "", nil
	}
	return "gone\n", nil
}

func (s *Server) removeFiles(c call) (string, error) {
	for _, p := range c.Args {
		delete(s.files, p)
	}
	return "", nil
}

func (s *Server) removeSecrets(c call) (string, error) {
	delete(s.files, c.Args[0])
	delete(s.files, c.Args[1])
	if len(s.files.under(c.Args[2])) == 0 {
		delete(s.files, c.Args[2])
	}
	return "", nil
}

func (s *Server) makeFolder(c call) (string, error) {
	s.files.mkdir(c.Args[0], c.Args[1])
	return "", nil
}

// changeAndReload is reload.sh.
func (s *Server) changeAndReload(c call) (string, error) {
	first := c
	first.Args = c.Args[:3]
	if _, err := s.psql(first); err != nil {
		return "", err
	}
	second := first
	second.input = c.Args[3]
	return s.psql(second)
}

// readCopy is copyread.sh.
func (s *Server) readCopy(c call) (string, error) {
	fresh, data, name := c.Args[0], c.Args[1], c.Args[2]
	if !s.files.has(fresh + ".complete") {
		return "", nil
	}
	brought := s.files.read(fresh + "/" + name)
	return fmt.Sprintf("%d\n%s%s", len(brought), brought, s.files.read(data+"/"+name)), nil
}

// writeCopy is copywrite.sh.
func (s *Server) writeCopy(c call) (string, error) {
	fresh, owner := c.Args[0], c.Args[3]
	if fmt.Sprint(len(c.input)) != c.Args[2] {
		return "", fails("only %d of %s bytes arrived", len(c.input), c.Args[2])
	}
	if why := s.broken["write"]; why != "" {
		return "", fails("%s", why)
	}
	s.files.write(fresh+"/"+c.Args[1], c.input, owner)
	s.files.write(fresh+"/standby.signal", "", owner)
	s.files.mkdir("/var/lib/belt", "root")
	s.files.mkdir(path.Dir(c.Args[4]), "root")
	s.files.write(c.Args[4], c.Args[5]+"\n", "root")
	return "", nil
}

// editHBA is hba.sh with a file, a name and lines, or copied.sh with a file and lines.
func (s *Server) editHBA(c call) (string, error) {
	file := c.Args[0]
	if !s.files.has(file) {
		return "", fails("%s: No such file or directory", file)
	}
	mark, lines, front := "# belt-copied", c.Args[1:], false
	if !strings.Contains(c.Script, mark) {
		mark, lines, front = "# belt:"+c.Args[1], c.Args[2:], true
	}
	var kept, added strings.Builder
	for line := range strings.Lines(s.files.read(file)) {
		if !strings.HasSuffix(strings.TrimSuffix(line, "\n"), mark) {
			kept.WriteString(line)
		}
	}
	for _, line := range lines {
		added.WriteString(line + "\n")
	}
	if front {
		s.files[file].content = added.String() + kept.String()
	} else {
		s.files[file].content = kept.String() + added.String()
	}
	return "", nil
}

// deleteCopy is dropcopy.sh.
func (s *Server) deleteCopy(c call) (string, error) {
	if c.Args[1] == s.Data() {
		s.world.t.Errorf("%s: the data folder in use is deleted as an unfinished copy", s.key())
	}
	s.files.remove(c.Args[1])
	delete(s.files, c.Args[1]+".complete")
	for _, place := range c.Args[2:] {
		if !slices.Contains(s.links(c.Args[0]), place) {
			s.files.remove(place)
		}
	}
	return "", nil
}

func (s *Server) lookForOldData(c call) (string, error) {
	if s.files.has(c.Args[0]+"/PG_VERSION") && !s.files.has(c.Args[1]) {
		return "there\n", nil
	}
	return "", nil
}

func (s *Server) deleteOldData(c call) (string, error) {
	s.stop()
	s.files.empty(c.Args[1])
	return "", nil
}

// swap is swap.sh.
func (s *Server) swap(c call) (string, error) {
	data, fresh, old, note, done := c.Args[0], c.Args[1], c.Args[2], c.Args[4], c.Args[6]
	if !s.files.has(fresh) {
		delete(s.files, fresh+".complete")
	} else {
		if !s.files.has(fresh + ".complete") {
			return "", fails("the copy in %s is not complete", fresh)
		}
		// The guard of a restore asks for no system: a backup may be of another one.
		if copied := s.clusterAt(fresh); copied == nil || len(c.Args) > 8 && copied.system != c.Args[8] {
			return "", fails("the copy in %s is of another system", fresh)
		}
		s.stop()
		if s.files.has(data) && len(s.files.under(data)) == 0 {
			s.files.remove(data)
		} else if s.files.has(data) {
			if s.files.has(old) {
				return "", fails("%s is there already", old)
			}
			s.files.write(old+".json", note+"\n", "root")
			s.files.move(data, old)
		}
		s.files.move(fresh, data)
		delete(s.files, fresh+".complete")
	}
	_, run, _ := strings.Cut(old, ".belt-old-")
	s.files.write(done, run+"\n", "root")
	return "", nil
}

func (s *Server) markComplete(c call) (string, error) {
	s.files.write(c.Args[0]+".complete", "", "postgres")
	return "", nil
}

// unswap is unswap.sh.
func (s *Server) unswap(c call) (string, error) {
	data, aside, old := c.Args[0], c.Args[1], c.Args[2]
	if s.files.has(old) {
		s.stop()
		if s.files.has(data) {
			if s.files.has(aside) {
				return "", fails("%s and %s and %s are all there", aside, data, old)
			}
			s.files.move(data, aside)
		}
		s.files.move(old, data)
	}
	delete(s.files, old+".json")
	if c.Args[4] == "start" {
		if err := s.start(); err != nil {
			return "", fails("%v", err)
		}
	}
	return "", nil
}

// finishUnswap puts the old folder back where a run ended between two renames.
func (s *Server) finishUnswap(c call) (string, error) {
	data, old := c.Args[0], c.Args[1]
	if s.files.has(data) || !s.files.has(old) {
		return "", nil
	}
	s.files.move(old, data)
	delete(s.files, old+".json")
	if err := s.start(); err != nil {
		return "", fails("%v", err)
	}
	return "", nil
}

// swapAgain takes unswap back.
func (s *Server) swapAgain(c call) (string, error) {
	data, aside, old, note := c.Args[0], c.Args[1], c.Args[2], c.Args[4]
	if !s.files.has(aside) {
		return "", nil
	}
	s.stop()
	if !s.files.has(old) {
		s.files.move(data, old)
	}
	s.files.move(aside, data)
	s.files.write(old+".json", note+"\n", "root")
	if err := s.start(); err != nil {
		return "", fails("%v", err)
	}
	return "", nil
}

func (s *Server) standsAlone(c call) (string, error) {
	data := c.Args[0]
	if s.files.has(data + "/standby.signal") {
		return "", nil
	}
	for name := range confLines(s.files.read(data + "/" + autoConf)) {
		if strings.HasPrefix(name, "primary_") {
			return "", nil
		}
	}
	return "yes\n", nil
}

// deleteFolder deletes kept data and the tablespaces that only it refers to.
func (s *Server) deleteFolder(c call) (string, error) {
	folder := c.Args[0]
	if folder == c.Args[1] {
		return "", fails("%s is the data folder in use", folder)
	}
	used := map[string]bool{}
	for _, place := range s.links(c.Args[1]) {
		used[place] = true
	}
	for _, place := range s.links(folder) {
		if strings.Contains(path.Base(place), ".belt-") && !used[place] {
			s.files.remove(place)
		}
	}
	s.files.remove(folder)
	delete(s.files, folder+".json")
	return "", nil
}

// links are the places that a data folder's pg_tblspc points to.
func (s *Server) links(folder string) []string {
	var out []string
	for _, p := range s.files.under(folder + "/pg_tblspc") {
		out = append(out, s.files.read(p))
	}
	return out
}

// startUnit is start.sh.
func (s *Server) startUnit(c call) (string, error) {
	if c.Args[0] != s.unit() {
		return "", fails("Unit %s not found.", c.Args[0])
	}
	if c.Args[1] == "restart" {
		s.stop()
	}
	if err := s.start(); err != nil {
		return "", fails("%s did not start\n%v", c.Args[0], err)
	}
	return "", nil
}

func (s *Server) stopUnit(c call) (string, error) {
	if c.Args[0] != s.unit() {
		return "", fails("Unit %s not found.", c.Args[0])
	}
	s.stop()
	return "", nil
}

// readLog is the last complaint: a standby's, why it does not stream. Like grep, it fails when there is none.
func (s *Server) readLog(call) (string, error) {
	if _, err := s.upstream(); err != nil && s.running != nil && s.running.recovery {
		return err.Error() + "\n", nil
	}
	return "", &failure{code: 1}
}

func (s *Server) silence(call) (string, error) { return "0\n", nil }

func (s *Server) login(c call) (string, error) {
	conn := pairs(c.Args[1])
	database := conn["dbname"]
	if conn["replication"] == "true" {
		database = "replication"
	}
	p, err := s.connect(conn, database)
	if err != nil {
		return "", &failure{2, "psql: error: " + err.Error()}
	}
	x := p.running.cluster
	return fmt.Sprintf("%s|%d|%s|\n", x.system, x.timeline, position(x.lsn)), nil
}

// knock is what a stranger hears at another server's port.
func (s *Server) knock(c call) (string, error) {
	out := "source=" + s.Internal + "\n"
	conn := map[string]string{"host": c.Args[1], "port": c.Args[2], "user": "belt_probe", "sslmode": "prefer"}
	if p := s.world.at(c.Args[1]); p != nil && c.Args[1] == p.External {
		out = "source=" + s.External + "\n"
	}
	_, err := s.connect(conn, "replication")
	if err == nil {
		err = errors.New("FATAL:  it let a stranger in")
	}
	return out + "psql: error: " + err.Error() + "\n", nil
}
