package remotetest_test

import (
	"os"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

func TestLocalRunnerContract(t *testing.T) {
	remotetest.RunnerContract(t, os.Getuid() == 0, func(*testing.T) remote.Runner { return remotetest.Local{} })
}

func TestLocalFiles(t *testing.T) {
	as := ""
	if os.Getuid() == 0 {
		as = "root"
	}
	remotetest.FileContract(t, remotetest.Local{}, as)
}
