// Package provider runs the program of the inventory that makes servers and takes them away again.
//
// The program is called with one argument, create or destroy, and with BELT_ACTION, BELT_APP, BELT_DATABASE, BELT_ENGINE,
// BELT_VERSION, BELT_NAME and BELT_SIZE in its environment, in the folder of belt.yaml. create prints one JSON object on
// its stdout, with address, and internal and host_key where they are known; asked a second time for a name that it has
// made already, it prints the same. destroy takes away what has that name, or was begun for it; nothing is no error. What
// it prints on stderr is shown.
package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/program"
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
	out, err := program.Output(ctx, program.Spec{
		Command: p.Command, Args: []string{action}, Dir: p.Dir, Env: environment(action, w, s),
	}, report)
	if err != nil && ctx.Err() == nil {
		return nil, p.wrong(fmt.Errorf("%s %w", action, err))
	}
	return out, err
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
