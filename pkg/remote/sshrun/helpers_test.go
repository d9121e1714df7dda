package sshrun_test

import (
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

// target reaches a test server without any file of the user's.
func target(t *testing.T, s *remotetest.Server) sshrun.Target {
	return sshrun.Target{
		Label: "db1", Host: s.Host(), Port: s.Port(), User: "deploy",
		IdentityFile: s.ClientKeyFile, KnownHosts: remotetest.KnownHosts(t, s),
	}
}

// pool ends with the test and reads no file of the user's, unless the options name one.
func pool(t *testing.T, opts sshrun.Options) *sshrun.Pool {
	t.Helper()
	if opts.ConfigFile == "" {
		opts.ConfigFile = "none"
	}
	if opts.Home == "" {
		opts.Home = t.TempDir()
	}
	if opts.Agent == "" {
		opts.Agent = "none"
	}
	p := sshrun.New(opts)
	t.Cleanup(func() { p.Close() })
	return p
}

func runner(t *testing.T, s *remotetest.Server) remote.Runner {
	return pool(t, sshrun.Options{}).Runner(target(t, s))
}
