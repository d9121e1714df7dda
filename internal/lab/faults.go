package lab

import (
	"context"
	"fmt"
	"strconv"
)

func (s *Server) docker(ctx context.Context, args ...string) error {
	if _, err := docker(ctx, args...); err != nil {
		return fmt.Errorf("%s: %w", s.ID(), err)
	}
	return nil
}

// Kill ends the server at once, as a power cut does; Start boots it again.
func (s *Server) Kill(ctx context.Context) error { return s.docker(ctx, "kill", s.Container) }

// Start boots a killed server and waits until systemd runs. Cut, Slow and
// BlockPort do not survive a boot.
func (s *Server) Start(ctx context.Context) error {
	if err := s.docker(ctx, "start", s.Container); err != nil {
		return err
	}
	return s.waitBoot(ctx)
}

// Restart shuts the server down in order, boots it and waits until it is ready.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.docker(ctx, "stop", "-t", "60", s.Container); err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	return s.WaitReady(ctx)
}

// Pause freezes every process: connections stay open, and nothing answers.
func (s *Server) Pause(ctx context.Context) error { return s.docker(ctx, "pause", s.Container) }

// Unpause ends Pause.
func (s *Server) Unpause(ctx context.Context) error { return s.docker(ctx, "unpause", s.Container) }

// Disconnect takes the server off a network, as a pulled cable does.
func (s *Server) Disconnect(ctx context.Context, net Net) error {
	return s.docker(ctx, "network", "disconnect", networkName(s.lab.Name, net), s.Container)
}

// Connect puts the server back on a network, at its old address.
func (s *Server) Connect(ctx context.Context, net Net) error {
	_, err := docker(ctx, "network", "connect", "--ip", s.Addr(net).String(), networkName(s.lab.Name, net), s.Container)
	if err != nil && !said(err, "already exists in network") {
		return fmt.Errorf("%s: %w", s.ID(), err)
	}
	return nil
}

// Cut drops every packet between the server and another one, on both networks,
// without a word to either: connections hang, as behind a dead router.
func (s *Server) Cut(ctx context.Context, other *Server) error {
	return s.nft(ctx, fmt.Sprintf(`
		add rule inet lab incoming ip saddr { %[1]s, %[2]s } drop
		add rule inet lab outgoing ip daddr { %[1]s, %[2]s } drop`, other.External, other.Internal))
}

// BlockPort drops what comes in for a TCP port, as a firewall does: what the server says to itself goes on.
func (s *Server) BlockPort(ctx context.Context, port int) error {
	return s.nft(ctx, "add rule inet lab incoming iifname != lo tcp dport "+strconv.Itoa(port)+" drop")
}

// SlowTo drops what the server sends to another one above a number of kilobytes a second, which TCP takes for a slow
// link; everybody else is served as before. Heal ends it.
func (s *Server) SlowTo(ctx context.Context, other *Server, kb int) error {
	return s.nft(ctx, fmt.Sprintf("add rule inet lab outgoing ip daddr { %s, %s } limit rate over %d kbytes/second burst 256 kbytes drop",
		other.External, other.Internal, kb))
}

// Heal ends every Cut, BlockPort and SlowTo on the server.
func (s *Server) Heal(ctx context.Context) error {
	return s.nft(ctx, "flush table inet lab")
}

func (s *Server) nft(ctx context.Context, rules string) error {
	_, err := s.Exec(ctx, `printf '%s\n' "$1" | nft -f -`, `
		add table inet lab
		add chain inet lab incoming { type filter hook input priority 0; }
		add chain inet lab outgoing { type filter hook output priority 0; }`+"\n"+rules)
	return err
}

// Slow limits what the server sends on a network to mbit Mbit/s.
func (s *Server) Slow(ctx context.Context, net Net, mbit int) error {
	return s.tc(ctx, net, "replace", "tbf rate "+strconv.Itoa(mbit)+"mbit burst 128kb latency 200ms")
}

// Delay holds back what the server sends on a network by ms milliseconds. It
// needs the kernel's netem, which not every machine has; see HasDelay. It takes
// the place of Slow.
func (s *Server) Delay(ctx context.Context, net Net, ms int) error {
	return s.tc(ctx, net, "replace", "netem limit 100000 delay "+strconv.Itoa(ms)+"ms")
}

// HasDelay reports whether this machine can Delay.
func (s *Server) HasDelay(ctx context.Context) bool {
	_, err := s.Exec(ctx, `tc qdisc add dev lo root netem delay 0ms && tc qdisc del dev lo root`)
	return err == nil
}

// Unslow ends Slow and Delay.
func (s *Server) Unslow(ctx context.Context, net Net) error {
	return s.tc(ctx, net, "del", "")
}

func (s *Server) tc(ctx context.Context, net Net, verb, discipline string) error {
	_, err := s.Exec(ctx, `
		set -eu
		device=$(ip -o -4 addr show to "$1/32" | awk '{print $2}')
		[ -n "$device" ] || { echo "no interface has $1" >&2; exit 1; }
		tc qdisc $2 dev "$device" root $3`, s.Addr(net).String(), verb, discipline)
	return err
}
