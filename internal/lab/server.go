package lab

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
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
	loop           string   // device under its disk, if it has one
	keys           []string // its public host keys, once read

	clients mongoClients
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
	fmt.Fprintln(sum, s.script("setup.sh"))
	if s.Kind.IsEngine() {
		fmt.Fprintln(sum, s.ownScript("setup.sh"), s.kit().setUpArgs())
	}
	return fmt.Sprintf("%x", sum.Sum(nil))[:12], nil
}

func (s *Server) isPrimary() bool { return s.Kind.IsEngine() && s.lab.primary(s.App, s.Kind) == s }

func (s *Server) script(name string) string {
	text, err := scripts.ReadFile("scripts/" + name)
	if err != nil {
		panic(err) // embedded: only a wrong name fails
	}
	return string(text)
}

// ownScript is a script of the server's engine.
func (s *Server) ownScript(name string) string { return s.script(engines[s.Kind].family + "/" + name) }

// find lists the containers of a lab, or of all labs with "".
func find(ctx context.Context, lab string) ([]*Server, error) {
	format := []string{"{{.Names}}", "{{.Image}}"}
	for _, label := range []string{labelLab, labelSuite, labelLoop, labelAddr, labelServer} {
		format = append(format, fmt.Sprintf("{{.Label %q}}", label))
	}
	out, err := docker(ctx, "ps", "-a", "--filter", "label="+labelFilter(lab), "--filter", "label="+labelServer, "--format", strings.Join(format, "\t"))
	if err != nil {
		return nil, err
	}
	var servers []*Server
	for _, line := range lines(out) {
		fields := strings.Split(line, "\t")
		server := &Server{Container: fields[0], image: fields[1], labName: fields[2], suite: fields[3], loop: fields[4]}
		if err := json.Unmarshal([]byte(fields[6]), &server.ServerSpec); err != nil {
			return nil, fmt.Errorf("label %s of %s: %w", labelServer, server.Container, err)
		}
		external, internal, _ := strings.Cut(fields[5], ",")
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
	out, err := docker(ctx, "inspect", "-f", `{{index .Config.Labels "`+labelRecipe+`"}} {{.State.Status}}{{range $name, $_ := .NetworkSettings.Networks}} {{$name}}{{end}}`, s.Container)
	has := strings.Fields(out)
	if err != nil || len(has) < 2 || has[0] != recipe {
		return s.recreate(ctx)
	}
	switch has[1] {
	case "running":
	case "paused":
		err = s.Unpause(ctx)
	default:
		err = s.Start(ctx)
	}
	if err != nil {
		return err
	}
	for _, net := range []Net{External, Internal} {
		if slices.Contains(has[2:], networkName(s.labName, net)) {
			continue
		}
		if err := s.Connect(ctx, net); err != nil {
			return err
		}
	}
	if _, err := s.Exec(ctx, "test -e "+setUpMark); err != nil { // a run was killed in between
		return s.recreate(ctx)
	}
	ready, cancel := context.WithTimeout(ctx, wholeTimeout)
	defer cancel()
	if err := s.WaitReady(ready); err != nil && ctx.Err() == nil { // a test that failed left its database stopped
		return s.recreate(ctx)
	}
	return ctx.Err()
}

// wholeTimeout is how long a server that runs already may take to answer, before it is replaced.
const wholeTimeout = time.Minute

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
		return err
	}
	if err := s.waitSSH(ctx); err != nil {
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
	if s.Kind.IsEngine() {
		if err := s.createDisk(ctx); err != nil {
			return err
		}
		args = append(args, "-v", s.volume()+":"+s.Kind.DataDisk(), "--label", labelLoop+"="+s.loop)
		if s.Kind == MongoDB {
			args = append(args, "-v", standInVolume(s.lab.Name)+":"+standInDir)
		}
	}
	if _, err := docker(ctx, append(args, s.image)...); err != nil {
		return err
	}
	_, err = docker(ctx, "network", "connect", "--ip", s.Internal.String(), networkName(s.lab.Name, Internal), s.Container)
	return err
}

// setUpMark is what setup.sh leaves at its end.
const setUpMark = "/etc/lab-is-set-up"

// setUp does on a booted new server what is its own.
func (s *Server) setUp(ctx context.Context) error {
	key, err := s.lab.publicKey()
	if err != nil {
		return err
	}
	if s.Kind.IsEngine() {
		if err := s.setUpEngine(ctx); err != nil {
			return err
		}
	}
	out, err := s.Exec(ctx, s.script("setup.sh"), key)
	s.keys = hostKeys(out)
	return err
}

// setUpEngine brings the database up as the spec has it.
func (s *Server) setUpEngine(ctx context.Context) error {
	own, more := s.kit().(preparer)
	if more {
		if err := own.prepare(ctx); err != nil {
			return err
		}
	}
	if _, err := s.Exec(ctx, s.ownScript("setup.sh"), s.kit().setUpArgs()...); err != nil {
		return err
	}
	if err := s.WaitDatabase(ctx); err != nil || !more {
		return err
	}
	return own.complete(ctx)
}

// remove deletes the container with its disk. A server that is not there is
// not an error.
func (s *Server) remove(ctx context.Context) error {
	err := poll(ctx, func(ctx context.Context) error {
		_, err := docker(ctx, "rm", "-f", s.Container)
		switch {
		case said(err, "o such container"):
			return nil
		case said(err, "already in progress"): // somebody else's
			return err
		case err != nil:
			return &finalError{err}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", s.ID(), err)
	}
	if s.Kind.IsEngine() {
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
