package pgtest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// basebackup is seed.sh.
func (s *Server) basebackup(args []string) error {
	to, conn, name := args[1], pairs(args[2]), args[3]
	delete(s.Files, to+".complete")
	s.Files.Empty(to)
	p, err := s.connect(conn, "replication")
	if err != nil {
		return err
	}
	from := p.running.cluster
	switch sl := from.slots[name]; {
	case sl == nil:
		return fmt.Errorf("replication slot %q does not exist", name)
	case sl.lost:
		return errors.New("requested WAL segment has already been removed")
	case p.slotUser(name) != nil:
		return fmt.Errorf("replication slot %q is active", name)
	}
	if why := s.Broken["copy"]; why != "" {
		s.Files.Write(to+"/PG_VERSION", "half of it", "postgres")
		return errors.New(why)
	}
	mapped := map[string]string{}
	for _, m := range args[5:] {
		a, b, _ := strings.Cut(m, "=")
		mapped[a] = b
	}
	p.take(s, to, from)
	for _, space := range sorted(from.catalog.spaces) {
		place := mapped[from.catalog.spaces[space]]
		if place == "" {
			return fmt.Errorf("directory %q exists but is not empty", from.catalog.spaces[space])
		}
		s.Files.Write(to+"/pg_tblspc/"+space, place, "postgres")
		s.Files.Write(place+"/PG_"+fmt.Sprint(s.world.version), "rows in "+space, "postgres")
	}
	s.Files.Write(to+".complete", "", "postgres")
	return nil
}

// take puts a copy of p's data folder on another server.
func (p *Server) take(s *Server, to string, from *cluster) {
	copied := from.clone()
	copied.copied, copied.clean = true, true
	s.Files.Mkdir(to, "postgres")
	s.Files[to+"/"+control] = &machinetest.File{Data: copied, Owner: "postgres"}
	s.Files.Write(to+"/PG_VERSION", fmt.Sprint(s.world.version), "postgres")
	s.Files.Write(to+"/"+autoConf, p.Files.Read(p.Data()+"/"+autoConf), "postgres")
}

// Restore fills a folder with a backup of another server, as it would come out of its stream.
func (s *Server) Restore(from *Server, folder string) error {
	if why := s.Broken["copy"]; why != "" {
		s.Files.Write(folder+"/PG_VERSION", "half of it", "postgres")
		return errors.New(why)
	}
	from.take(s, folder, from.running.cluster)
	s.clusterAt(folder).copied = false // it is a server of its own that is wanted
	return nil
}

// rewind is rewind.sh.
func (s *Server) rewind(args []string) error {
	data, to, conn := args[1], args[2], pairs(args[3])
	if len(s.links(data)) > 0 {
		return machinetest.Exits(3, data+" has tablespaces")
	}
	delete(s.Files, to+".complete")
	s.Files.Empty(to)
	c := s.clusterAt(data)
	if s.running != nil || c == nil {
		return errors.New("target server must be shut down cleanly")
	}
	s.copyTree(data, to)
	if why := s.Broken["rewind"]; why != "" {
		return machinetest.Exits(3, why)
	}
	if !c.clean {
		return machinetest.Exits(3, "target server must be shut down cleanly")
	}
	if s.world.defaults()["data_checksums"] != "on" && confLines(s.Files.Read(data + "/" + autoConf))["wal_log_hints"] != "on" &&
		confLines(s.Files.Read(s.conf()))["wal_log_hints"] != "on" {
		return machinetest.Exits(3, "target server needs to use either data checksums or \"wal_log_hints = on\"")
	}
	p, err := s.connect(conn, conn["dbname"])
	if err != nil {
		return machinetest.Exits(3, err.Error())
	}
	from := p.running.cluster
	if r := from.catalog.roles[conn["user"]]; len(r.grants) < 4 {
		return machinetest.Exits(3, "permission denied for function pg_read_binary_file")
	}
	if from.system != c.system {
		return machinetest.Exits(3, "source and target clusters are from different systems")
	}
	// It copies every file that is no table, the settings among them, and takes standby.signal for one that is not there.
	p.take(s, to, from)
	delete(s.Files, to+"/standby.signal")
	s.Files.Write(to+".complete", "", "postgres")
	return nil
}

// copyTree is cp -a, with a copy of the cluster.
func (s *Server) copyTree(from, to string) {
	for _, path := range s.Files.Under(from) {
		x := *s.Files[path]
		if c, ok := x.Data.(*cluster); ok {
			x.Data = c.clone()
		}
		s.Files[to+strings.TrimPrefix(path, from)] = &x
	}
}
