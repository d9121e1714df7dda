package pgtest

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// scripts are the engine's own, besides those that all machines understand.
func (s *Server) scripts() []machinetest.Script {
	title := machinetest.Title
	return []machinetest.Script{
		{Title: title("inspect PostgreSQL"), Args: 5, Do: s.inspect},
		{Title: title("knock at the primary's port"), Args: 3, Do: s.knock},
		{Title: title("log in to .*"), Args: 2, Do: s.login},

		{Title: title("change and reload the settings"), Args: 4, Writes: true, Do: s.changeAndReload},
		{Title: title("read the copy's settings"), Args: 3, Do: s.readCopy},
		{Title: title("make the copy a standby's"), Args: 6, Writes: true, Do: s.writeCopy},
		{Title: title("read (postgresql.auto.conf|the certificate)"), Args: 1, Do: s.show},
		{Title: title("look for what is to be removed"), Args: -1, Do: s.removed},
		{Title: title("edit pg_hba.conf"), Args: -1, Writes: true, Do: s.editHBA},
		{Title: title("look at the data folder"), Args: 1, Do: s.standsAlone},

		{Title: title("fence and stop .*"), Args: 3, Writes: true, Do: s.fence},
		{Title: title("start .* as the primary"), Args: 2, Writes: true, Do: s.unfence},
		{Title: title("read pg_control"), Args: 2, Do: s.showControl},
		{Title: title("measure the log"), Args: 1, Do: s.silence},
		{Title: title("read the log"), Args: 2, Do: s.readLog},
	}
}

// show is a file's content, or nothing.
func (s *Server) show(c machinetest.Call) (string, error) { return s.Files.Read(c.Args[0]), nil }

// removed looks, too, for lines that came with the primary's pg_hba.conf, whose path comes first.
func (s *Server) removed(c machinetest.Call) (string, error) {
	if strings.Contains(s.Files.Read(c.Args[0]), "# belt-copied\n") {
		return "", nil
	}
	c.Args = c.Args[1:]
	return s.Removed(c)
}

// changeAndReload is reload.sh.
func (s *Server) changeAndReload(c machinetest.Call) (string, error) {
	first := c
	first.Args = c.Args[:3]
	if _, err := s.psql(first); err != nil {
		return "", err
	}
	second := first
	second.Input = c.Args[3]
	return s.psql(second)
}

// readCopy is copyread.sh.
func (s *Server) readCopy(c machinetest.Call) (string, error) {
	fresh, data, name := c.Args[0], c.Args[1], c.Args[2]
	if !s.Files.Has(fresh + ".complete") {
		return "", nil
	}
	brought := s.Files.Read(fresh + "/" + name)
	return fmt.Sprintf("%d\n%s%s", len(brought), brought, s.Files.Read(data+"/"+name)), nil
}

// writeCopy is copywrite.sh.
func (s *Server) writeCopy(c machinetest.Call) (string, error) {
	fresh, owner := c.Args[0], c.Args[3]
	if fmt.Sprint(len(c.Input)) != c.Args[2] {
		return "", machinetest.Fails("only %d of %s bytes arrived", len(c.Input), c.Args[2])
	}
	if why := s.Broken["write"]; why != "" {
		return "", machinetest.Fails("%s", why)
	}
	s.Files.Write(fresh+"/"+c.Args[1], c.Input, owner)
	s.Files.Write(fresh+"/standby.signal", "", owner)
	s.Files.Mkdir("/var/lib/belt", "root")
	s.Files.Mkdir(path.Dir(c.Args[4]), "root")
	s.Files.Write(c.Args[4], c.Args[5]+"\n", "root")
	return "", nil
}

// editHBA is hba.sh with a file, a name and lines, or copied.sh with a file and lines.
func (s *Server) editHBA(c machinetest.Call) (string, error) {
	file := c.Args[0]
	if !s.Files.Has(file) {
		return "", machinetest.Fails("%s: No such file or directory", file)
	}
	mark, lines, front := "# belt-copied", c.Args[1:], false
	if !strings.Contains(c.Script, mark) {
		mark, lines, front = "# belt:"+c.Args[1], c.Args[2:], true
	}
	var kept, added strings.Builder
	for line := range strings.Lines(s.Files.Read(file)) {
		if !strings.HasSuffix(strings.TrimSuffix(line, "\n"), mark) {
			kept.WriteString(line)
		}
	}
	for _, line := range lines {
		added.WriteString(line + "\n")
	}
	if front {
		s.Files[file].Content = added.String() + kept.String()
	} else {
		s.Files[file].Content = kept.String() + added.String()
	}
	return "", nil
}

func (s *Server) standsAlone(c machinetest.Call) (string, error) {
	data := c.Args[0]
	if s.Files.Has(data + "/standby.signal") {
		return "", nil
	}
	for name := range confLines(s.Files.Read(data + "/" + autoConf)) {
		if strings.HasPrefix(name, "primary_") {
			return "", nil
		}
	}
	return "yes\n", nil
}

// links are the places that a data folder's pg_tblspc points to.
func (s *Server) links(folder string) []string {
	var out []string
	for _, p := range s.Files.Under(folder + "/pg_tblspc") {
		out = append(out, s.Files.Read(p))
	}
	return out
}

// readLog is the last complaint: a standby's, why it does not stream. Like grep, it fails when there is none.
func (s *Server) readLog(machinetest.Call) (string, error) {
	if _, err := s.upstream(); err != nil && s.running != nil && s.running.recovery {
		return err.Error() + "\n", nil
	}
	return "", machinetest.Exits(1, "")
}

func (s *Server) silence(machinetest.Call) (string, error) { return "0\n", nil }

func (s *Server) login(c machinetest.Call) (string, error) {
	conn := pairs(c.Args[1])
	database := conn["dbname"]
	if conn["replication"] == "true" {
		database = "replication"
	}
	p, err := s.connect(conn, database)
	if err != nil {
		return "", machinetest.Exits(2, "psql: error: "+err.Error())
	}
	x := p.running.cluster
	return fmt.Sprintf("%s|%d|%s|\n", x.system, x.timeline, position(x.lsn)), nil
}

// knock is what a stranger hears at another server's port.
func (s *Server) knock(c machinetest.Call) (string, error) {
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
