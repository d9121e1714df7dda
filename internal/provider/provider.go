// Package provider runs the program of the inventory that makes servers and takes them away again.
//
// The program is called with one argument, create or destroy, and with BELT_ACTION, BELT_APP, BELT_DATABASE, BELT_ENGINE,
// BELT_VERSION, BELT_NAME and BELT_SIZE in its environment, in the folder of belt.yaml. create prints one JSON object on
// its stdout, with address, and internal and host_key where they are known; asked a second time for a name that it has
// made already, it prints the same. destroy takes away what has that name, or was begun for it; nothing is no error. What
// it prints on stderr is shown.
package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Program is a provider's program.
type Program struct {
	Name    string // in the inventory
	Command string
	Dir     string // where it runs
}

// Wish is the server that is wanted.
type Wish struct {
	App, Database, Engine, Version string
	Name                           string
	Size                           string // in the provider's own words; empty for its default
	// What the primary has, for a program that chooses the size itself.
	Cores  int
	Memory int64 // bytes
	Disk   int64 // bytes
}

// Server is what was made.
type Server struct {
	Address  string `json:"address"`
	Internal string `json:"internal"`
	HostKey  string `json:"host_key"` // "ssh-ed25519 AAAA…"
}

// Create has the server made. report is told each line of what the program says.
func (p Program) Create(ctx context.Context, w Wish, report func(string)) (Server, error) {
	out, err := p.run(ctx, "create", w, Server{}, report)
	if err != nil {
		return Server{}, err
	}
	var s Server
	if err := json.Unmarshal(out, &s); err != nil {
		return s, p.wrong(fmt.Errorf("it did not print one JSON object: %w: %.200q", err, out))
	}
	if strings.TrimSpace(s.Address) == "" || strings.ContainsAny(s.Address+s.Internal, " \n\t") {
		return s, p.wrong(fmt.Errorf("it printed no usable address: %.200q", out))
	}
	return s, nil
}

// Destroy has the server taken away; s is empty where it is not known.
func (p Program) Destroy(ctx context.Context, w Wish, s Server, report func(string)) error {
	_, err := p.run(ctx, "destroy", w, s, report)
	return err
}

func (p Program) run(ctx context.Context, action string, w Wish, s Server, report func(string)) ([]byte, error) {
	path := p.Command
	if strings.Contains(path, "/") && !filepath.IsAbs(path) {
		path = filepath.Join(p.Dir, path)
	}
	cmd := exec.CommandContext(ctx, path, action)
	cmd.Dir = p.Dir
	cmd.Env = append(os.Environ(), environment(action, w, s)...)
	// It is asked to end before it is made to: it may have something half made to take away. What it started goes with it.
	inGroup(cmd)
	cmd.WaitDelay = 20 * time.Second
	var out bytes.Buffer
	said := &lines{report: report}
	cmd.Stdout, cmd.Stderr = &out, said
	err := cmd.Run()
	said.end()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%s ended with %s", action, exit)
		}
		if last := said.last(); last != "" {
			err = fmt.Errorf("%w: %s", err, last)
		}
		return nil, p.wrong(err)
	}
	return out.Bytes(), nil
}

func (p Program) wrong(err error) error { return fmt.Errorf("provider %s: %w", p.Name, err) }

func environment(action string, w Wish, s Server) []string {
	return []string{
		"BELT_ACTION=" + action, "BELT_APP=" + w.App, "BELT_DATABASE=" + w.Database, "BELT_ENGINE=" + w.Engine,
		"BELT_VERSION=" + w.Version, "BELT_NAME=" + w.Name, "BELT_SIZE=" + w.Size,
		"BELT_PRIMARY_CORES=" + strconv.Itoa(w.Cores), "BELT_PRIMARY_MEMORY=" + strconv.FormatInt(w.Memory, 10),
		"BELT_PRIMARY_DISK=" + strconv.FormatInt(w.Disk, 10),
		"BELT_ADDRESS=" + s.Address, "BELT_INTERNAL=" + s.Internal,
	}
}

// lines hands each line on as it comes, and keeps the last few.
type lines struct {
	report func(string)
	part   []byte
	kept   []string
}

var _ io.Writer = (*lines)(nil)

func (l *lines) Write(p []byte) (int, error) {
	l.part = append(l.part, p...)
	for {
		i := bytes.IndexByte(l.part, '\n')
		if i < 0 {
			return len(p), nil
		}
		l.take(string(l.part[:i]))
		l.part = l.part[i+1:]
	}
}

func (l *lines) end() {
	if len(l.part) > 0 {
		l.take(string(l.part))
		l.part = nil
	}
}

func (l *lines) take(line string) {
	if line = strings.TrimSpace(line); line == "" {
		return
	}
	if l.report != nil {
		l.report(line)
	}
	if l.kept = append(l.kept, line); len(l.kept) > 5 {
		l.kept = l.kept[1:]
	}
}

func (l *lines) last() string { return strings.Join(l.kept, "; ") }
