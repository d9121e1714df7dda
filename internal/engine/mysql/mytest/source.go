package mytest

import (
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// who is what a server says of itself.
func (s *Server) who() string {
	return fmt.Sprintf("%s|%s|3306|%s/|/run/mysqld/mysqld.pid", s.running.settings["server_id"].text, strings.ReplaceAll(s.key(), "/", "-"), dataDir)
}

func (s *Server) changeSource(text string) error {
	options := map[string]string{}
	for _, pair := range strings.Split(text, ", ") {
		name, value, _ := strings.Cut(pair, "=")
		name = strings.TrimPrefix(strings.TrimPrefix(name, "MASTER_"), "SOURCE_")
		options[name] = strings.Trim(value, "'")
	}
	if c := s.running.data.channel; c != nil && c.running {
		return machinetest.Fails("ERROR 1198 (HY000): This operation cannot be performed as you have a running slave")
	}
	if options["USE_GTID"] != "slave_pos" && options["AUTO_POSITION"] != "1" {
		s.T.Errorf("%s: it would follow by file and position: %s", s.key(), text)
	}
	if ca := options["SSL_CA"]; ca != "" && !s.Files.Has(ca) {
		return machinetest.Fails("ERROR 2026: SSL_CTX_set_default_verify_paths failed")
	}
	s.running.data.channel = &channel{host: options["HOST"], port: options["PORT"], user: options["USER"], password: options["PASSWORD"], ca: options["SSL_CA"]}
	return nil
}
