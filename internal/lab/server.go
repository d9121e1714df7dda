package lab

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

//go:embed scripts
var scripts embed.FS

// Server is one server of a lab.
type Server struct {
	ServerSpec
	External, Internal netip.Addr
	Container          string // its name in Docker

	lab            *Lab
	image          string
	labName, suite string   // as the labels say
	recipe         string   // of the container that runs
	loop           string   // device under its disk, if it has one
	keys           []string // its public host keys, once read
}

// ID names the server within the lab: "shop/db1".
func (s *Server) ID() string { return s.id() }

// Addr is the server's address on one of the two networks.
func (s *Server) Addr(net Net) netip.Addr {
	if net == Internal {
		return s.Internal
	}
	return s.External
}

func (s *Server) volume() string { return s.Container }

// wantedRecipe is the hash of all that the server is made of.
func (s *Server) wantedRecipe() (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, s.image, s.isPrimary())
	if err := json.NewEncoder(sum).Encode(s.ServerSpec); err != nil {
		return "", err
	}
	for _, script := range []string{"users.sh", "cluster.sh", "database.sh"} {
		fmt.Fprintln(sum, s.script(script))
	}
	return fmt.Sprintf("%x", sum.Sum(nil))[:12], nil
}

func (s *Server) isPrimary() bool { return s.lab.primary(s.App) == s }

func (s *Server) script(name string) string {
	text, err := scripts.ReadFile("scripts/" + name)
	if err != nil {
		panic(err) // embedded: only a wrong name fails
	}
	return string(text)
}

// find lists the containers of a lab, or of all labs with "".
func find(ctx context.Context, lab string) ([]*Server, error) {
	ids, err := docker(ctx, "ps", "-aq", "--no-trunc", "--filter", "label="+labelFilter(lab))
	if err != nil || ids == "" {
		return nil, err
	}
	out, err := docker(ctx, append([]string{"inspect", "-f", "{{.Created}}\t{{.Name}}\t{{.Config.Image}}\t{{json .Config.Labels}}"}, lines(ids)...)...)
	if err != nil {
		return nil, err
	}
	var servers []*Server
	for _, line := range lines(out) {
		fields := strings.SplitN(line, "\t", 4)
		var labels map[string]string
		if err := json.Unmarshal([]byte(fields[3]), &labels); err != nil {
			return nil, fmt.Errorf("labels of %s: %w", fields[1], err)
		}
		server := &Server{Container: strings.TrimPrefix(fields[1], "/"), image: fields[2],
			labName: labels[labelLab], suite: labels[labelSuite], recipe: labels[labelRecipe], loop: labels[labelLoop]}
		if err := json.Unmarshal([]byte(labels[labelServer]), &server.ServerSpec); err != nil {
			return nil, fmt.Errorf("label %s of %s: %w", labelServer, server.Container, err)
		}
		external, internal, _ := strings.Cut(labels[labelAddr], ",")
		if server.External, err = netip.ParseAddr(external); err != nil {
			return nil, fmt.Errorf("label %s of %s: %w", labelAddr, server.Container, err)
		}
		if server.Internal, err = netip.ParseAddr(internal); err != nil {
			return nil, fmt.Errorf("label %s of %s: %w", labelAddr, server.Container, err)
		}
		servers = append(servers, server)
	}
	sortByAddr(servers)
	return servers, nil
}

// ensure makes the server be there, running and whole.
func (s *Server) ensure(ctx context.Context) error {
	recipe, err := s.wantedRecipe()
	if err != nil {
		return err
	}
	out, err := docker(ctx, "inspect", "-f", `{{.State.Status}} {{index .Config.Labels "`+labelRecipe+`"}}`, s.Container)
	state, has, _ := strings.Cut(out, " ")
	if err != nil || has != recipe {
		return s.recreate(ctx)
	}
	switch state {
	case "running":
	case "paused":
		err = s.Unpause(ctx)
	default:
		err = s.Start(ctx)
	}
	if err != nil {
		return err
	}
	if _, err := s.Exec(ctx, "test -e "+setUpMark); err != nil { // a run was killed in between
		return s.recreate(ctx)
	}
	for _, net := range []Net{External, Internal} {
		if err := s.Connect(ctx, net); err != nil {
			return err
		}
	}
	return s.WaitReady(ctx)
}

// recreate replaces the server by a new one.
func (s *Server) recreate(ctx context.Context) error {
	start := time.Now()
	s.keys = nil
	if err := s.remove(ctx); err != nil {
		return err
	}
	if err := s.create(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.ID(), err)
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	if err := s.setUp(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.ID(), err)
	}
	if err := s.WaitReady(ctx); err != nil {
		return err
	}
	fmt.Fprintf(s.lab.log, "%-14s %-15s %-15s up in %.1f s\n", s.ID(), s.External, s.Internal, time.Since(start).Seconds())
	return nil
}

// create makes the container and its disk, but does not start it.
func (s *Server) create(ctx context.Context) error {
	recipe, err := s.wantedRecipe()
	if err != nil {
		return err
	}
	spec, err := json.Marshal(s.ServerSpec)
	if err != nil {
		return err
	}
	args := []string{"create", "--name", s.Container, "--hostname", s.App + "-" + s.Name,
		"--network", networkName(s.lab.Name, External), "--ip", s.External.String(),
		// What systemd needs in a container; less than --privileged, which some hosts refuse.
		"--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN",
		"--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
		"--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec", "--shm-size", "512m",
		"-e", "LAB_CGROUP=" + s.Container,
		"--label", labelLab + "=" + s.lab.Name, "--label", labelSuite + "=" + s.lab.Suite,
		"--label", labelServer + "=" + string(spec), "--label", labelRecipe + "=" + recipe,
		"--label", labelAddr + "=" + s.External.String() + "," + s.Internal.String()}
	if s.Kind == PostgreSQL {
		if err := s.createDisk(ctx); err != nil {
			return err
		}
		args = append(args, "-v", s.volume()+":"+dataDisk, "--label", labelLoop+"="+s.loop)
	}
	if _, err := docker(ctx, append(args, s.image)...); err != nil {
		return err
	}
	_, err = docker(ctx, "network", "connect", "--ip", s.Internal.String(), networkName(s.lab.Name, Internal), s.Container)
	return err
}

// setUpMark is there once a new server has been set up to the end.
const setUpMark = "/etc/lab-is-set-up"

// setUp does on a booted new server what is its own.
func (s *Server) setUp(ctx context.Context) error {
	key, err := s.lab.publicKey()
	if err != nil {
		return err
	}
	if _, err := s.Exec(ctx, s.script("users.sh"), key); err != nil {
		return err
	}
	if s.Kind == PostgreSQL {
		_, err := s.Exec(ctx, s.script("cluster.sh"), onOff(s.Open), s.lab.nets[Internal].String(),
			s.lab.nets[External].String(), User, onOff(s.Checksums), s.Settings)
		if err != nil {
			return err
		}
		if s.isPrimary() {
			if _, err := s.Exec(ctx, s.script("database.sh"), User, Password, Database); err != nil {
				return err
			}
		}
	}
	_, err = s.Exec(ctx, "touch "+setUpMark)
	return err
}

// remove deletes the container with its disk. A server that is not there is
// not an error.
func (s *Server) remove(ctx context.Context) error {
	if _, err := docker(ctx, "rm", "-f", s.Container); err != nil && !said(err, "o such container") {
		return fmt.Errorf("%s: %w", s.ID(), err)
	}
	if s.Kind == PostgreSQL {
		if err := s.removeDisk(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.ID(), err)
		}
	}
	return removeCgroup(s.Container)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (s *Server) String() string { return s.ID() }

// size is a number of mebibytes as Linux tools take it.
func size(mb int) string { return strconv.Itoa(mb) + "M" }
