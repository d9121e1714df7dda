package mongotest

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

func (s *Server) nothing(call) (string, error) { return "", nil }

func (s *Server) writeFile(c call) (string, error) {
	name, mode, owner := c.Args[0], c.Args[2], c.Args[3]
	if fmt.Sprint(len(c.input)) != c.Args[1] {
		return "", fails("only %d of %s bytes arrived", len(c.input), c.Args[1])
	}
	if old, ok := s.files[name]; ok && c.Args[5] == "keep" {
		mode, owner = strings.TrimPrefix(old.mode, "0"), old.owner
	}
	bits, err := strconv.ParseUint(mode, 8, 32)
	if err != nil {
		return "", fails("%v", err)
	}
	if owner == "" {
		owner = "root"
	}
	s.files.write(name, c.input, owner, fmt.Sprintf("%04o", fs.FileMode(bits)))
	return "", nil
}

// note writes a record into Belt's own folder, or an empty mark beside a folder.
func (s *Server) note(c call) (string, error) {
	s.files.write(c.Args[0], c.input, "root", "0600")
	return "", nil
}

func (s *Server) complete(c call) (string, error) {
	s.files.write(c.Args[0]+".complete", "", "root", "0600")
	return "", nil
}

func (s *Server) readFile(c call) (string, error) {
	if !s.files.has(c.Args[0]) {
		return "", fails("cat: %s: No such file or directory", c.Args[0])
	}
	return s.files.read(c.Args[0]), nil
}

func (s *Server) readNotes(c call) (string, error) {
	if !s.files.has(c.Args[0]) {
		return "{}\n", nil
	}
	return s.files.read(c.Args[0]), nil
}

// show is a file's content, or nothing.
func (s *Server) show(c call) (string, error) { return s.files.read(c.Args[0]), nil }

func (s *Server) there(c call) (string, error) {
	if s.files.has(c.Args[0]) {
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

func (s *Server) noneThere(c call) (string, error) {
	for _, name := range c.Args {
		if s.files.has(name) {
			return "", nil
		}
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
	for _, name := range c.Args {
		delete(s.files, name)
	}
	return "", nil
}

func (s *Server) makeFolder(c call) (string, error) {
	s.files.mkdir(c.Args[0], c.Args[1])
	return "", nil
}

func (s *Server) lookForOldData(c call) (string, error) {
	if s.files.has(c.Args[0]+"/"+c.Args[2]) && !s.files.has(c.Args[1]) {
		return "there\n", nil
	}
	return "", nil
}

func (s *Server) deleteOldData(c call) (string, error) {
	s.stop()
	for _, name := range s.files.under(c.Args[1]) {
		delete(s.files, name)
	}
	return "", nil
}

func (s *Server) deleteCopy(c call) (string, error) {
	if c.Args[1] == Data {
		s.world.t.Errorf("%s: the data folder in use is deleted as an unfinished copy", s.key())
	}
	s.files.remove(c.Args[1])
	delete(s.files, c.Args[1]+".complete")
	return "", nil
}

func (s *Server) deleteFolder(c call) (string, error) {
	if c.Args[0] == c.Args[1] {
		return "", fails("%s is the data folder in use", c.Args[0])
	}
	s.files.remove(c.Args[0])
	delete(s.files, c.Args[0]+".json")
	return "", nil
}

// swap is swap.sh with the engine's guards: for an initial sync the new folder is empty, and a backup's is not.
func (s *Server) swap(c call) (string, error) {
	data, fresh, old, note, done := c.Args[0], c.Args[1], c.Args[2], c.Args[4], c.Args[6]
	if !s.files.has(fresh) {
		delete(s.files, fresh+".complete")
	} else {
		if !s.files.has(fresh + ".complete") {
			return "", fails("the copy in %s is not complete", fresh)
		}
		empty := len(s.files.under(fresh)) == 0
		switch forSync := strings.Contains(c.Script, "is not empty"); {
		case forSync && !empty:
			return "", fails("%s is not empty", fresh)
		case !forSync && empty:
			return "", fails("there is no whole data folder in %s", fresh)
		}
		s.stop()
		if s.files.has(data) && len(s.files.under(data)) == 0 {
			s.files.remove(data)
		} else if s.files.has(data) {
			if s.files.has(old) {
				return "", fails("%s is there already", old)
			}
			s.files.write(old+".json", note+"\n", "root", "0600")
			s.files.move(data, old)
		}
		s.files.move(fresh, data)
		delete(s.files, fresh+".complete")
	}
	_, run, _ := strings.Cut(old, ".belt-old-")
	s.files.write(done, run+"\n", "root", "0600")
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
		return s.unitStarts()
	}
	return "", nil
}

func (s *Server) unitStarts() (string, error) {
	if err := s.start(); err != nil {
		return "", fails("%s did not start\n%v", Unit, err)
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
	return s.unitStarts()
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
	s.files.write(old+".json", note+"\n", "root", "0600")
	return s.unitStarts()
}

// startUnit is start.sh.
func (s *Server) startUnit(c call) (string, error) {
	if c.Args[0] != Unit {
		return "", fails("Unit %s not found.", c.Args[0])
	}
	if c.Args[1] == "restart" {
		s.stop()
	}
	return s.unitStarts()
}

func (s *Server) stopUnit(c call) (string, error) {
	if c.Args[0] != Unit {
		return "", fails("Unit %s not found.", c.Args[0])
	}
	s.stop()
	return "", nil
}
