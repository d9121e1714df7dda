//go:build lab

package scenarios

import (
	"os"
	"testing"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }
