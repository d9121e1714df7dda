package sshrun_test

import (
	"os"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

func TestRunnerContract(t *testing.T) {
	remotetest.RunnerContract(t, os.Getuid() == 0, func(t *testing.T) remote.Runner {
		return runner(t, remotetest.NewServer(t, remotetest.ServerOptions{}))
	})
}

func TestRunnerContractOfNoisyServer(t *testing.T) {
	remotetest.RunnerContract(t, os.Getuid() == 0, func(t *testing.T) remote.Runner {
		return runner(t, remotetest.NewServer(t, remotetest.ServerOptions{Noise: "Welcome!\n\nYou have mail", MaxSessions: 3}))
	})
}
