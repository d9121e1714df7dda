package pgtest

import (
	"fmt"
	"path"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

func (s *Server) alterSystem(name string, value *string) error {
	if _, known := s.world.defaults()[name]; !known {
		return fmt.Errorf("unrecognized configuration parameter %q", name)
	}
	file := s.Data() + "/" + autoConf
	values := confLines(s.Files.Read(file))
	if value == nil {
		delete(values, name)
	} else {
		values[name] = strings.ReplaceAll(*value, "''", "'")
	}
	s.Files.Write(file, confText(values), "postgres")
	return nil
}

func (s *Server) pending([]string) (string, error) {
	n := 0
	for _, x := range s.running.settings {
		if x.pending {
			n++
		}
	}
	return fmt.Sprint(n), nil
}

// fromAutoConf counts the settings in force that postgresql.auto.conf gave.
func (s *Server) fromAutoConf(v []string) (string, error) {
	n := 0
	for name := range strings.SplitSeq(v[0], ",") {
		if path.Base(s.running.settings[strings.Trim(name, " '")].file) == autoConf {
			n++
		}
	}
	return fmt.Sprint(n), nil
}

func (s *Server) showSetting(v []string) (string, error) {
	x, ok := s.running.settings[v[0]]
	if !ok {
		return "", nil
	}
	return x.value + "\t" + x.source + " " + x.file, nil
}

func (s *Server) fileSettings([]string) (string, error) {
	return machinetest.JSON(confLines(s.Files.Read(s.Data() + "/" + autoConf))), nil
}
