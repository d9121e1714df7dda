package mytest

import (
	"context"
	"errors"
	"fmt"

	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/plan"
)

// Work is prepare.sh or clone.sh.
func (s *Server) Work(_, script string, args []string) error {
	if strings.Contains(script, "mariadb-backup --prepare") {
		return s.prepare(args)
	}
	if strings.Contains(script, "clone.sql") {
		return s.clone(args)
	}
	s.T.Errorf("%s: a job that this world does not know:\n%s", s.key(), script)
	return machinetest.Fails("unknown job")
}

func (s *Server) prepare(args []string) error {
	folder := args[0]
	if s.Files.Has(folder + ".complete") {
		return nil
	}
	if !s.Files.Has(folder + "/" + args[2]) {
		return fmt.Errorf("the copy has no %s: it is not whole", args[2])
	}
	if why := s.Broken["prepare"]; why != "" {
		return errors.New(why)
	}
	s.Files.Write(folder+".complete", "", "root")
	return nil
}

// clone is CLONE, with the one donor that lets the account in. The statement is a secret, so a job's fake does not see
// it: the account is the one in the replica's file of options.
func (s *Server) clone(args []string) error {
	folder := args[2]
	delete(s.Files, folder+".complete")
	s.Files.Empty(folder)
	options := map[string]string{}
	for _, file := range s.Files.Under("/var/lib/belt/mysql-3306") {
		for line := range strings.Lines(s.Files.Read(file)) {
			if name, text, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
				options[name] = text
			}
		}
	}
	p := s.world.at(options["host"])
	if why := s.refused(p, options["user"], options["password"]); why != nil {
		return fmt.Errorf("ERROR 3862: Clone Donor Error: %d: %s", why.errno, why.text)
	}
	if !p.running.data.plugins["clone"] {
		return errors.New("ERROR 3862: Clone Donor Error: 1524: Plugin 'clone' is not loaded")
	}
	if why := s.Broken["copy"]; why != "" {
		s.Files.Write(folder+"/data/half", "", "mysql")
		return errors.New(why)
	}
	s.put(folder, p)
	s.Files.Write(folder+"/mysql.ibd", "", "mysql")
	s.Files.Write(folder+".complete", "", "root")
	return nil
}

// put makes a folder a copy of a server's data.
func (s *Server) put(folder string, p *Server) {
	s.Files[folder+"/"+marker] = &machinetest.File{Owner: "mysql", Data: p.running.data.copied(s.world.uuid())}
}

// Restore fills a folder with a backup of another server, as it would come out of its stream. MySQL's has whom that follows, too.
func (s *Server) Restore(from *Server, folder, proof string) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if why := s.Broken["copy"]; why != "" {
		s.Files.Write(folder+"/half", "", "root")
		return errors.New(why)
	}
	s.put(folder, from)
	if c := from.running.data.channel; c != nil && !s.world.mariadb() {
		channel := *c
		s.dataAt(folder).channel = &channel
	}
	s.Files.Write(folder+"/"+proof, "there", "mysql")
	return nil
}

// Mover moves streams between the servers of a world at once.
type Mover struct{ World *World }

// Probe finds them reaching each other.
func (m Mover) Probe(_ context.Context, _, to transfer.Place) (transfer.Path, error) {
	return transfer.Path{Way: transfer.ToPush, Address: to.Address}, nil
}

// Run runs both scripts: the backup's, and the extraction's.
func (m Mover) Run(ctx context.Context, stream transfer.Stream, _ plan.Progress) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := m.World
	w.mu.Lock()
	defer w.mu.Unlock()
	from, to := w.named(stream.From.Runner.Server(), stream), w.to(stream)
	if from == nil || to == nil {
		return errors.New("a stream between servers that this world does not know")
	}
	folder := stream.To.Args[0]
	delete(to.Files, folder+".complete")
	to.Files.Empty(folder)
	to.Jobs[stream.ID+".receive"] = &machinetest.Job{}
	from.Jobs[stream.ID+".send"] = &machinetest.Job{}
	if why := to.Broken["copy"]; why != "" {
		to.Files.Write(folder+"/half", "", "root")
		return errors.New(why)
	}
	if from.running == nil {
		return errors.New("the server does not run")
	}
	to.put(folder, from)
	if !w.mariadb() { // it is a dump, loaded
		d := to.dataAt(folder)
		d.made = fmt.Sprintf("2026-02-%02d 03:04:05", len(w.servers))
		to.Files.Write(folder+"/mysql.ibd", "", "mysql")
		to.Files.Write(folder+".complete", "", "root")
		return nil
	}
	d := to.dataAt(folder)
	info := "xtrabackup_binlog_info"
	if w.Version >= "11" {
		info = "mariadb_backup_binlog_info"
	}
	to.Files.Write(folder+"/"+info, fmt.Sprintf("binlog.000001\t%d\t\n", 4+100*len(d.log)), "mysql")
	d.log, d.purged, d.came = nil, 0, 0 // binary logs are not part of a backup
	return nil
}

// Stop removes what a stream left.
func (m Mover) Stop(_ context.Context, stream transfer.Stream) error {
	m.World.mu.Lock()
	defer m.World.mu.Unlock()
	for _, s := range m.World.servers {
		delete(s.Jobs, stream.ID+".send")
		delete(s.Jobs, stream.ID+".receive")
	}
	return nil
}

// to is the server at a stream's receiving end.
func (w *World) to(stream transfer.Stream) *Server { return w.named(stream.To.Runner.Server(), stream) }

// named finds a server by its label: "db2", or "shop/db1" from outside its app.
func (w *World) named(label string, _ transfer.Stream) *Server {
	var found *Server
	for _, s := range w.servers {
		if s.key() == label {
			return s
		}
		if s.Server == label {
			found = s // the last one: a target of another app goes by its bare name
		}
	}
	return found
}
