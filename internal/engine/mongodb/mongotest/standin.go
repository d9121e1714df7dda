package mongotest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/dbbelt/belt/pkg/yamltext"
)

// A stand-in is what runs as mongod on real servers of the lab, the program in folder mongod: it has the server's real
// files, unit and ports, and lets a [Host] answer, which runs once for a lab and keeps the data of all its servers. So
// everything but mongod itself is real.

// Hello is how a stand-in begins a connection to its host, as one line of JSON.
type Hello struct {
	Server Place  `json:"server"`
	Start  *Start `json:"start,omitempty"`  // nil: a client's connection follows
	Local  bool   `json:"local,omitempty"`  // the client is on the server itself
	Forget bool   `json:"forget,omitempty"` // no client: the oplog is to forget all but its newest entry
}

// Place is a server as a stand-in knows its own.
type Place struct {
	App, Name, Internal, External string
}

// Start is what mongod would find on its server. The host answers with a line, empty or why mongod does not start; then
// mongod runs until the connection ends, from either side.
type Start struct {
	Conf string `json:"conf"`
	Data string `json:"data"` // names what lies in the data folder; a folder that was empty has a new name
	Key  *Key   `json:"key,omitempty"`
}

// Key is a keyfile.
type Key struct {
	Path  string `json:"path"`
	Text  string `json:"text"`
	Mode  string `json:"mode"` // "0400"
	Owner string `json:"owner"`
}

// Host answers for stand-ins.
type Host struct {
	world  *World
	mu     sync.Mutex
	stores map[string]*store
}

// Serve lets a listener's stand-ins be the servers of this world until it is closed.
func (w *World) Serve(l net.Listener) {
	w.mu.Lock()
	w.ofDay = true
	w.mu.Unlock()
	h := &Host{world: w, stores: map[string]*store{}}
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if err := h.serve(c); err != nil {
				w.t.Errorf("a stand-in: %v", err)
			}
		}()
	}
}

// serve answers one connection. That a stand-in goes away is no error: it may be killed at any time.
func (h *Host) serve(c net.Conn) error {
	in := bufio.NewReader(c)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil
	}
	var hello Hello
	if err := json.Unmarshal(line, &hello); err != nil {
		return err
	}
	s := h.find(hello.Server)
	switch {
	case hello.Forget:
		s.Forget()
		fmt.Fprintln(c)
		return nil
	case hello.Start == nil:
		s.take(read{c, in}, hello.Local)
		return nil
	}
	run, err := h.start(s, *hello.Start, c)
	if err != nil {
		fmt.Fprintln(c, err)
		return nil
	}
	fmt.Fprintln(c)
	if _, err := io.Copy(io.Discard, in); err != nil && !gone(err) {
		return err
	}
	s.do(func() {
		if s.run == run { // else it was started again meanwhile
			s.stop()
		}
	})
	return nil
}

// find is the server of a stand-in, which is new the first time.
func (h *Host) find(at Place) *Server {
	h.world.mu.Lock()
	defer h.world.mu.Unlock()
	for _, s := range h.world.servers {
		if s.App == at.App && s.Name == at.Name {
			s.Internal, s.External = at.Internal, at.External
			return s
		}
	}
	return h.world.server(at.App, at.Name, at.Internal, at.External)
}

func (h *Host) start(s *Server, with Start, control net.Conn) (*process, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.world.mu.Lock()
	defer h.world.mu.Unlock()
	s.stop() // one of which the end was not seen yet
	s.files = files{}
	s.files.write(Conf, with.Conf, "root", "0644")
	folder := Data
	if conf, err := yamltext.ReadSettings(with.Conf); err == nil {
		if v, there := conf.Get("storage.dbPath"); there {
			folder = v
		}
	}
	s.files.mkdir(folder, owner)
	if k := with.Key; k != nil {
		s.files.write(k.Path, k.Text, k.Owner, k.Mode)
	}
	if had, ok := h.stores[with.Data]; ok {
		s.files[folder+"/"+storage] = &file{store: had, owner: owner, mode: "0600"}
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	s.run.conns[control] = true // it ends with the process
	h.stores[with.Data] = s.run.store
	return s.run, nil
}

// take answers a client.
func (s *Server) take(nc net.Conn, local bool) {
	s.world.mu.Lock()
	p := s.run
	if p == nil {
		s.world.mu.Unlock()
		return
	}
	p.lastConn++
	c := &conn{process: p, id: p.lastConn, local: local}
	p.conns[nc] = true
	s.world.mu.Unlock()
	c.serve(nc)
}

// read is a connection whose first line was read already.
type read struct {
	net.Conn
	in *bufio.Reader
}

func (r read) Read(p []byte) (int, error) { return r.in.Read(p) }
