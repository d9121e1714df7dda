package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// labelFleet marks the containers of a fleet; they are no servers of the lab.
const labelFleet = "belt.lab.fleet"

// Fleet is many bare app servers: copies of one server that run sshd and
// nothing else, for measuring what goes to hundreds of them.
type Fleet struct {
	Addresses  []string // on the external network
	KnownHosts string   // file with the host key that all have, and those of the lab's servers

	lab   string
	image string
}

// Fleet starts n copies of the server. A fleet that a killed run left is
// replaced.
func (l *Lab) Fleet(ctx context.Context, of *Server, n int) (*Fleet, error) {
	f := &Fleet{lab: l.Name, image: "belt-lab/fleet:" + l.Name, KnownHosts: filepath.Join(l.Dir, "fleet_hosts")}
	if err := f.Down(ctx); err != nil {
		return nil, err
	}
	if _, err := docker(ctx, "commit", of.Container, f.image); err != nil {
		return nil, err
	}
	keys, err := of.HostKeys(ctx)
	if err != nil {
		return nil, err
	}
	f.Addresses = make([]string, n)
	group, start := errgroup.WithContext(ctx)
	group.SetLimit(bootsAtOnce)
	for i := range n {
		group.Go(func() error {
			var err error
			f.Addresses[i], err = f.start(start)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return f, err
	}
	servers, err := os.ReadFile(l.KnownHosts())
	if err != nil {
		return f, err
	}
	known := strings.Builder{}
	known.Write(servers)
	for _, key := range keys {
		fmt.Fprintf(&known, "%s %s\n", strings.Join(f.Addresses, ","), key)
	}
	return f, os.WriteFile(f.KnownHosts, []byte(known.String()), 0o644)
}

// start starts one copy and returns its address once sshd answers there.
func (f *Fleet) start(ctx context.Context) (string, error) {
	id, err := docker(ctx, "run", "-d", "--network", networkName(f.lab, External), "--label", labelFleet+"="+f.lab,
		"--entrypoint", "/bin/sh", f.image, "-c", "mkdir -p /run/sshd && rm -f /run/nologin && exec /usr/sbin/sshd -D")
	if err != nil {
		return "", err
	}
	address, err := docker(ctx, "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", id)
	if err != nil {
		return "", err
	}
	return address, poll(ctx, func(ctx context.Context) error {
		_, err := docker(ctx, "exec", id, "sh", "-c", "ss -Hltn sport = :22 | grep -q .")
		return err
	})
}

// Down removes the fleet.
func (f *Fleet) Down(ctx context.Context) error {
	out, err := docker(ctx, "ps", "-aq", "--filter", "label="+labelFleet+"="+f.lab)
	if err != nil {
		return err
	}
	if containers := lines(out); len(containers) > 0 {
		if _, err := docker(ctx, append([]string{"rm", "-f"}, containers...)...); err != nil {
			return err
		}
	}
	if out, err = docker(ctx, "images", "-q", f.image); err == nil && out != "" {
		_, err = docker(ctx, "rmi", "-f", f.image)
	}
	return err
}
