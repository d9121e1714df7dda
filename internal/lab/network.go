package lab

import (
	"context"
	"fmt"
	"net/netip"
)

// Net is one of a lab's two networks.
type Net string

const (
	Internal Net = "internal" // replication within an app, the variables' …_INT
	External Net = "external" // between apps, and the operator's SSH
)

// Addresses .1 is the host's, .11 and up the servers'.
const (
	firstHost  = 11
	maxServers = 254 - firstHost + 1
)

// networks are a lab's two /24s, by name.
type networks map[Net]netip.Prefix

func (n networks) addr(net Net, host int) netip.Addr {
	four := n[net].Addr().As4()
	four[3] = byte(host)
	return netip.AddrFrom4(four)
}

func networkName(lab string, net Net) string { return "belt-" + lab + "-" + string(net) }

// ensureNetworks finds the lab's networks, or makes them from the first pair
// of subnets that nothing on this machine uses.
func ensureNetworks(ctx context.Context, lab string) (networks, error) {
	found, err := findNetworks(ctx, lab)
	if err != nil || len(found) == 2 {
		return found, err
	}
	if err := removeNetworks(ctx, lab); err != nil { // half a pair, of a run that was killed
		return nil, err
	}
	for n := range 255 {
		pair := networks{
			Internal: netip.MustParsePrefix(fmt.Sprintf("10.87.%d.0/24", n)),
			External: netip.MustParsePrefix(fmt.Sprintf("10.88.%d.0/24", n)),
		}
		err := createPair(ctx, lab, pair)
		if err == nil {
			return pair, nil
		}
		if removeErr := removeNetworks(ctx, lab); removeErr != nil {
			return nil, removeErr
		}
		if !said(err, "overlaps") {
			return nil, err
		}
	}
	return nil, fmt.Errorf("lab %s: all of 10.87.0.0/16 and 10.88.0.0/16 is in use", lab)
}

func createPair(ctx context.Context, lab string, pair networks) error {
	for net, subnet := range pair {
		// internal in Docker's sense: no route to anywhere but the host.
		_, err := docker(ctx, "network", "create", "--internal", "--subnet", subnet.String(),
			"--gateway", pair.addr(net, 1).String(), "--label", labelLab+"="+lab, networkName(lab, net))
		if err != nil {
			return err
		}
	}
	return nil
}

func findNetworks(ctx context.Context, lab string) (networks, error) {
	found := networks{}
	for _, net := range []Net{Internal, External} {
		out, err := docker(ctx, "network", "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}}{{end}}", networkName(lab, net))
		if said(err, "o such network") || said(err, "not found") {
			continue
		}
		if err != nil {
			return nil, err
		}
		if found[net], err = netip.ParsePrefix(out); err != nil {
			return nil, fmt.Errorf("network %s: %w", networkName(lab, net), err)
		}
	}
	return found, nil
}

func removeNetworks(ctx context.Context, lab string) error {
	out, err := docker(ctx, "network", "ls", "-q", "--filter", "label="+labelFilter(lab))
	if err != nil || out == "" {
		return err
	}
	_, err = docker(ctx, append([]string{"network", "rm"}, lines(out)...)...)
	return err
}

// labelFilter selects one lab's things, or every lab's with "".
func labelFilter(lab string) string {
	if lab == "" {
		return labelLab
	}
	return labelLab + "=" + lab
}
