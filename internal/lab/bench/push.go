package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// push measures the variables on their way to many app servers against the way to one.
func (b *bench) push(ctx context.Context) error {
	most := 0
	for _, n := range b.options.push {
		most = max(most, n)
	}
	fleet, err := b.lab.Fleet(ctx, b.lab.Server("shop", "web1"), most)
	if err != nil {
		return err
	}
	defer fleet.Down(context.WithoutCancel(ctx))
	if _, err := b.pushTo(ctx, fleet, 1); err != nil { // for the connections' and caches' sake
		return err
	}
	for _, n := range b.options.push {
		var r ratios
		for range b.rounds {
			one, err := b.pushTo(ctx, fleet, 1)
			if err != nil {
				return err
			}
			many, err := b.pushTo(ctx, fleet, n)
			if err != nil {
				return err
			}
			r.add(many, one)
		}
		print(fmt.Sprintf("variables to %d app servers / to one", n), "%s", r)
	}
	return nil
}

// pushTo writes the variables anew on the first n servers of the fleet.
func (b *bench) pushTo(ctx context.Context, fleet *lab.Fleet, n int) (time.Duration, error) {
	text, err := os.ReadFile(b.lab.Inventory())
	if err != nil {
		return 0, err
	}
	var servers, names []string
	for i, address := range fleet.Addresses[:n] {
		name := fmt.Sprintf("app%d", i+1)
		names = append(names, name)
		servers = append(servers, fmt.Sprintf("      %s: {address: %s}", name, address))
	}
	inventory := strings.Replace(string(text), "servers: [web1]", "servers: ["+strings.Join(names, ", ")+"]", 1)
	inventory = strings.Replace(inventory, "    servers:\n", "    servers:\n"+strings.Join(servers, "\n")+"\n", 1)
	inventory = strings.Replace(inventory, b.lab.KnownHosts(), fleet.KnownHosts, 1)
	inventory = strings.Replace(inventory, "systemctl reload shop", "touch /run/reloaded", 1) // they run sshd alone
	// A path of its own each time, so that there is always something to write.
	inventory = strings.Replace(inventory, lab.EnvFile, fmt.Sprintf("/etc/shop/bench-%d.env", time.Now().UnixNano()), 1)
	file := filepath.Join(filepath.Dir(b.lab.Inventory()), "fleet.yaml")
	if err := os.WriteFile(file, []byte(inventory), 0o600); err != nil {
		return 0, err
	}
	u, err := b.runBelt(ctx, file, "env", "push", "shop")
	return u.elapsed, err
}
