package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Lab is a set of running servers.
type Lab struct {
	Name, Suite string
	Dir         string // absolute; holds id_ed25519, known_hosts, secrets/ and belt.yaml

	nets    networks
	servers []*Server
	log     io.Writer
}

// bootsAtOnce bounds the servers that boot side by side: each is a Debian that
// makes RSA keys and a database cluster.
const bootsAtOnce = 4

// Up boots the lab, or what is missing of it, and writes its folder. Servers
// that run and fit the spec are kept as they are; the others are replaced, and
// servers of the same lab that the spec lacks are removed.
func Up(ctx context.Context, spec Spec, log io.Writer) (*Lab, error) {
	if err := spec.validate(); err != nil {
		return nil, err
	}
	dir, err := spec.dir()
	if err != nil {
		return nil, err
	}
	lab := &Lab{Name: spec.Name, Suite: spec.Suite, Dir: dir, log: &lockedWriter{w: log}}
	if lab.nets, err = ensureNetworks(ctx, spec.Name); err != nil {
		return nil, err
	}
	running, err := find(ctx, spec.Name)
	if err != nil {
		return nil, err
	}
	if err := lab.assign(ctx, spec, running); err != nil {
		return nil, err
	}
	if err := lab.makeKey(ctx); err != nil {
		return nil, err
	}
	if err := lab.standIn(ctx); err != nil {
		return nil, err
	}
	if err := lab.each(ctx, lab.servers, (*Server).ensure); err != nil {
		return nil, err
	}
	return lab, lab.writeFiles(ctx)
}

// assign gives every server of the spec its image and addresses (those it has,
// if it runs already) and removes the servers that the spec lacks.
func (l *Lab) assign(ctx context.Context, spec Spec, running []*Server) error {
	used := map[netip.Addr]bool{}
	old := map[string]*Server{}
	for _, server := range running {
		wanted := slices.ContainsFunc(spec.Servers, func(s ServerSpec) bool { return s.id() == server.ID() })
		if !wanted || !l.nets[External].Contains(server.External) {
			if err := server.remove(ctx); err != nil {
				return err
			}
			continue
		}
		old[server.ID()], used[server.External] = server, true
	}
	host := firstHost
	for _, wanted := range spec.Servers {
		server := &Server{ServerSpec: wanted, Container: "belt-" + spec.Name + "-" + wanted.App + "-" + wanted.Name, lab: l, labName: spec.Name, suite: spec.Suite}
		if was := old[wanted.id()]; was != nil {
			server.External, server.Internal, server.loop = was.External, was.Internal, was.loop
		} else {
			for used[l.nets.addr(External, host)] {
				host++
			}
			server.External, server.Internal = l.nets.addr(External, host), l.nets.addr(Internal, host)
			used[server.External] = true
		}
		var err error
		if server.image, err = image(ctx, spec.Suite, wanted, l.log); err != nil {
			return err
		}
		l.servers = append(l.servers, server)
	}
	return nil
}

// Open finds a running lab. Dir is its folder; ".lab/NAME" when empty.
func Open(ctx context.Context, name, dir string, log io.Writer) (*Lab, error) {
	dir, err := Spec{Name: name, Dir: dir}.dir()
	if err != nil {
		return nil, err
	}
	servers, err := find(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(servers) == 0 {
		return nil, fmt.Errorf("lab %s: not up", name)
	}
	lab := &Lab{Name: name, Dir: dir, Suite: servers[0].suite, servers: servers, log: &lockedWriter{w: log}}
	for _, server := range servers {
		server.lab = lab
	}
	lab.nets, err = ensureNetworks(ctx, name)
	return lab, err
}

// Down removes the lab with its data and its folder's files.
func (l *Lab) Down(ctx context.Context) error {
	err := Down(ctx, l.Name)
	return errors.Join(err, l.removeFiles())
}

// Down removes the containers, volumes and networks of a lab, up or half up.
// It goes by the label alone.
func Down(ctx context.Context, name string) error {
	out, err := docker(ctx, "ps", "-a", "--filter", "label="+labelFilter(name), "--format", "{{.Names}}")
	if err != nil {
		return err
	}
	containers := lines(out)
	if len(containers) > 0 {
		if _, err := docker(ctx, append([]string{"rm", "-f"}, containers...)...); err != nil {
			return err
		}
	}
	for _, container := range containers {
		if err := removeCgroup(container); err != nil {
			return err
		}
	}
	if err := removeDisks(ctx, name); err != nil {
		return err
	}
	return removeNetworks(ctx, name)
}

// DownAll removes every lab on this machine, and nothing that is not a lab's.
// The images stay.
func DownAll(ctx context.Context) error { return Down(ctx, "") }

// Reset replaces servers by new ones with the same addresses: no data, no
// faults, new host keys. All servers of the lab when none are named.
func (l *Lab) Reset(ctx context.Context, servers ...*Server) error {
	if len(servers) == 0 {
		servers = l.servers
	}
	if err := l.each(ctx, servers, (*Server).recreate); err != nil {
		return err
	}
	return l.writeFiles(ctx)
}

// Servers are all servers, in the spec's order.
func (l *Lab) Servers() []*Server { return slices.Clone(l.servers) }

// Server is the app's server of that name. It panics when the spec has none:
// the caller wrote the spec.
func (l *Lab) Server(app, name string) *Server {
	for _, server := range l.servers {
		if server.App == app && server.Name == name {
			return server
		}
	}
	panic(fmt.Sprintf("lab %s has no server %s/%s", l.Name, app, name))
}

// Find returns the servers with these IDs ("shop/db1"), or all without any.
func (l *Lab) Find(ids ...string) ([]*Server, error) {
	if len(ids) == 0 {
		return l.Servers(), nil
	}
	var found []*Server
	for _, id := range ids {
		i := slices.IndexFunc(l.servers, func(s *Server) bool { return s.ID() == id })
		if i < 0 {
			return nil, fmt.Errorf("lab %s has no server %q", l.Name, id)
		}
		found = append(found, l.servers[i])
	}
	return found, nil
}

// primary is the app's server with the app's database in the engine: its first.
func (l *Lab) primary(app string, engine Kind) *Server {
	for _, server := range l.servers {
		if server.App == app && server.Kind == engine {
			return server
		}
	}
	return nil
}

func (l *Lab) each(ctx context.Context, servers []*Server, do func(*Server, context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(bootsAtOnce)
	for _, server := range servers {
		group.Go(func() error { return do(server, ctx) })
	}
	return group.Wait()
}

func (l *Lab) removeFiles() error {
	var errs []error
	for _, name := range []string{keyFile, keyFile + ".pub", knownHostsFile, inventoryFile, secretsDir} {
		errs = append(errs, os.RemoveAll(l.path(name)))
	}
	if err := os.Remove(l.Dir); err != nil && !os.IsNotExist(err) {
		return errors.Join(errs...) // something else is in it: it stays
	}
	return errors.Join(errs...)
}
