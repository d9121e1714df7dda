package mongotest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// A stand-in is what runs as mongod on a real server of the lab, the program in folder mongod: it has the server's real
// files, unit and ports, and lets a [Host] on the lab's machine answer. So everything but mongod itself is real.

// Hello is how a stand-in begins a connection to its host, as one line of JSON.
type Hello struct {
	Server string `json:"server"`
	Start  *Start `json:"start,omitempty"` // nil: a client's connection follows
	Local  bool   `json:"local"`           // the client is on the server itself
}

// Start is what mongod would find on its server. The host answers with a line, empty or why mongod does not start; then
// mongod runs until the connection ends.
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

// Serve lets a listener's stand-ins be the servers of this world, by their names, until it is closed.
func (w *World) Serve(l net.Listener) {
	h := &Host{world: w, stores: map[string]*store{}}
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if err := h.serve(c); err != nil && !errors.Is(err, net.ErrClosed) {
				w.t.Errorf("a stand-in at %s: %v", c.RemoteAddr(), err)
			}
		}()
	}
}

// Real adds a server whose files and processes are a stand-in's.
func (w *World) Real(app, name, internal, external string) *Server {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.server(app, name, internal, external)
}

func (h *Host) serve(c net.Conn) error {
	in := bufio.NewReader(c)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	var hello Hello
	if err := json.Unmarshal(line, &hello); err != nil {
		return err
	}
	s := h.find(hello.Server)
	switch {
	case s == nil:
		return fmt.Errorf("no server %q", hello.Server)
	case hello.Start == nil:
		s.take(read{c, in}, hello.Local)
		return nil
	}
	if err := h.start(s, *hello.Start); err != nil {
		_, err := fmt.Fprintln(c, err)
		return err
	}
	if _, err := fmt.Fprintln(c); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	s.Stop()
	return err
}

func (h *Host) find(name string) *Server {
	h.world.mu.Lock()
	defer h.world.mu.Unlock()
	for _, s := range h.world.servers {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func (h *Host) start(s *Server, with Start) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.world.mu.Lock()
	defer h.world.mu.Unlock()
	s.files = files{}
	s.files.write(Conf, with.Conf, "root", "0644")
	s.files.mkdir(Data, owner)
	if k := with.Key; k != nil {
		s.files.write(k.Path, k.Text, k.Owner, k.Mode)
	}
	if had, ok := h.stores[with.Data]; ok {
		s.files[Data+"/"+storage] = &file{store: had, owner: owner, mode: "0600"}
	}
	if err := s.start(); err != nil {
		return err
	}
	h.stores[with.Data] = s.run.store
	return nil
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
