package ops

import (
	"strconv"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

// SSH is the [Connector] of real servers.
type SSH struct {
	Pool *sshrun.Pool
	// Decorate, where set, is put around every runner: the trace.
	Decorate func(remote.Runner) remote.Runner
}

// Runner returns the server's runner.
func (c SSH) Runner(server inventory.Server, label string) remote.Runner {
	t := sshrun.Target{
		Label: label, Host: server.Address, User: server.SSH.User, IdentityFile: server.SSH.IdentityFile,
		KnownHosts: server.SSH.KnownHosts, Jump: server.SSH.Jump, HostKey: server.SSH.HostKey,
	}
	if server.SSH.Port != 0 {
		t.Port = strconv.Itoa(server.SSH.Port)
	}
	r := c.Pool.Runner(t)
	if c.Decorate != nil {
		r = c.Decorate(r)
	}
	return r
}
