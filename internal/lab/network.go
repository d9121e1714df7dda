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
	for _, subnet := range found { // the other one is lost: the pair is known by its number
		pair := pairOf(subnet.Addr().As4()[2])
		return pair, createPair(ctx, lab, pair, found)
	}
	for n := range 255 {
		pair := pairOf(byte(n))
		err := createPair(ctx, lab, pair, nil)
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

func pairOf(n byte) networks {
	return networks{
		Internal: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 87, n, 0}), 24),
		External: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 88, n, 0}), 24),
	}
}

// createPair makes those networks of the pair that are not there.
func createPair(ctx context.Context, lab string, pair, there networks) error {
	for net, subnet := range pair {
		if there[net].IsValid() {
			continue
		}
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
	if said(err, "has active endpoints") {
		// Docker 20.10 can lose count when a container dies while it boots.
		return fmt.Errorf("%w; where no container is left on it, only a restart of dockerd frees it, and the next lab of that name uses it again", err)
	}
	return err
}

// labelFilter selects one lab's things, or every lab's with "".
func labelFilter(lab string) string {
	if lab == "" {
		return labelLab
	}
	return labelLab + "=" + lab
}
