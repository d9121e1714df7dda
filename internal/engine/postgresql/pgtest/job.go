package pgtest

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
)

// job is a detached job's folder: this world ends every job at once.
type job struct {
	hash, state, log string
}

// startJob is start.sh of package job.
func (s *Server) startJob(c call) (string, error) {
	id, hash := c.Args[2], c.Args[3]
	if j := s.jobs[id]; j != nil && j.hash == hash && j.state == "exit-0" {
		return "finished\n", nil
	}
	text, err := scriptOf(c.input)
	if err != nil {
		return "", fails("%v", err)
	}
	first, _, _ := strings.Cut(text, "\n")
	args := words(strings.TrimPrefix(first, "set --"))
	j := &job{hash: hash, state: "exit-0"}
	s.jobs[id] = j
	if strings.Contains(text, "pg_rewind") {
		err = s.rewind(args)
	} else {
		err = s.basebackup(args)
	}
	var f *failure
	switch {
	case errors.As(err, &f):
		j.state, j.log = fmt.Sprintf("exit-%d", f.code), f.text
	case err != nil:
		j.state, j.log = "exit-1", err.Error()
	}
	return "started\n", nil
}

func (s *Server) followJob(c call) (string, error) {
	j := s.jobs[c.Args[2]]
	if j == nil {
		return "missing\n\n", nil
	}
	return j.state + "\n\n" + j.log, nil
}

func (s *Server) stopJob(c call) (string, error) {
	if c.Args[3] == "remove" {
		delete(s.jobs, c.Args[2])
	}
	return "", nil
}

// scriptOf finds the script in a job's archive.
func scriptOf(archive string) (string, error) {
	r := tar.NewReader(strings.NewReader(archive))
	for {
		h, err := r.Next()
		if err != nil {
			return "", fmt.Errorf("the job's files did not arrive: %w", err)
		}
		if h.Name == "script" {
			text, err := io.ReadAll(r)
			return string(text), err
		}
	}
}

// words reads the single-quoted words of a line.
func words(line string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(line, "'")
		if !ok {
			return out
		}
		word := ""
		for {
			part, after, _ := strings.Cut(rest, "'")
			word += part
			if !strings.HasPrefix(after, `\''`) {
				line = after
				break
			}
			word, rest = word+"'", after[3:]
		}
		out = append(out, word)
	}
}

// basebackup is seed.sh.
func (s *Server) basebackup(args []string) error {
	to, conn, name := args[1], pairs(args[2]), args[3]
	delete(s.files, to+".complete")
	s.files.empty(to)
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
	if why := s.broken["copy"]; why != "" {
		s.files.write(to+"/PG_VERSION", "half of it", "postgres")
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
		s.files.write(to+"/pg_tblspc/"+space, place, "postgres")
		s.files.write(place+"/PG_"+fmt.Sprint(s.world.version), "rows in "+space, "postgres")
	}
	s.files.write(to+".complete", "", "postgres")
	return nil
}

// take puts a copy of p's data folder on another server.
func (p *Server) take(s *Server, to string, from *cluster) {
	copied := from.clone()
	copied.copied, copied.clean = true, true
	s.files.mkdir(to, "postgres")
	s.files[to+"/"+control] = &file{cluster: copied, owner: "postgres"}
	s.files.write(to+"/PG_VERSION", fmt.Sprint(s.world.version), "postgres")
	s.files.write(to+"/"+autoConf, p.files.read(p.Data()+"/"+autoConf), "postgres")
}

// Restore fills a folder with a backup of another server, as it would come out of its stream.
func (s *Server) Restore(from *Server, folder string) error {
	if why := s.broken["copy"]; why != "" {
		s.files.write(folder+"/PG_VERSION", "half of it", "postgres")
		return errors.New(why)
	}
	from.take(s, folder, from.running.cluster)
	s.files[folder+"/"+control].cluster.copied = false // it is a server of its own that is wanted
	return nil
}

// rewind is rewind.sh.
func (s *Server) rewind(args []string) error {
	data, to, conn := args[1], args[2], pairs(args[3])
	if len(s.links(data)) > 0 {
		return &failure{3, data + " has tablespaces"}
	}
	delete(s.files, to+".complete")
	s.files.empty(to)
	c := s.clusterAt(data)
	if s.running != nil || c == nil {
		return errors.New("target server must be shut down cleanly")
	}
	s.files.copyTree(data, to)
	if why := s.broken["rewind"]; why != "" {
		return &failure{3, why}
	}
	if !c.clean {
		return &failure{3, "target server must be shut down cleanly"}
	}
	if s.world.defaults()["data_checksums"] != "on" && confLines(s.files.read(data + "/" + autoConf))["wal_log_hints"] != "on" &&
		confLines(s.files.read(s.conf()))["wal_log_hints"] != "on" {
		return &failure{3, "target server needs to use either data checksums or \"wal_log_hints = on\""}
	}
	p, err := s.connect(conn, conn["dbname"])
	if err != nil {
		return &failure{3, err.Error()}
	}
	from := p.running.cluster
	if r := from.catalog.roles[conn["user"]]; len(r.grants) < 4 {
		return &failure{3, "permission denied for function pg_read_binary_file"}
	}
	if from.system != c.system {
		return &failure{3, "source and target clusters are from different systems"}
	}
	// It copies every file that is no table, the settings among them, and takes standby.signal for one that is not there.
	p.take(s, to, from)
	delete(s.files, to+"/standby.signal")
	s.files.write(to+".complete", "", "postgres")
	return nil
}
