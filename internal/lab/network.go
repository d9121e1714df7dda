package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
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
	if err != nil {
		return err
	}
	var errs []error
	for _, network := range lines(out) {
		errs = append(errs, removeNetwork(ctx, network))
	}
	return errors.Join(errs...)
}

// endpointsGone is how long dockerd may take to forget the endpoints of containers that it has removed.
const endpointsGone = 10 * time.Second

// removeNetwork removes a network without servers. Docker 20.10 can keep the endpoint of a container that is gone: while
// it tidies up, or for good where the container died during its boot; then it is taken off by force.
func removeNetwork(ctx context.Context, network string) error {
	wait, cancel := context.WithTimeout(ctx, endpointsGone)
	defer cancel()
	err := poll(wait, func(ctx context.Context) error {
		_, err := docker(ctx, "network", "rm", network)
		switch {
		case err == nil, said(err, "o such network"), said(err, "not found"):
			return nil
		case !said(err, "has active endpoints"):
			return &finalError{err}
		}
		return errors.Join(err, dropEndpoints(ctx, network))
	})
	if said(err, "has active endpoints") {
		return fmt.Errorf("%w; where no container is left on it, only a restart of dockerd frees it, and the next lab of that name uses it again", err)
	}
	return err
}

// dropEndpoints takes off a network what is there without a container.
func dropEndpoints(ctx context.Context, network string) error {
	out, err := docker(ctx, "network", "inspect", "-f", `{{range $id, $c := .Containers}}{{$id}} {{$c.Name}}{{"\n"}}{{end}}`, network)
	if err != nil {
		return err
	}
	for _, line := range lines(out) {
		id, name, _ := strings.Cut(line, " ")
		if _, err := docker(ctx, "container", "inspect", id); !said(err, "o such container") {
			continue // it is there, or nobody can tell
		}
		if _, err := docker(ctx, "network", "disconnect", "--force", network, name); err != nil {
			return err
		}
	}
	return nil
}

// labelFilter selects one lab's things, or every lab's with "".
func labelFilter(lab string) string {
	if lab == "" {
		return labelLab
	}
	return labelLab + "=" + lab
}
