package replica

import (
	"testing"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

// TestUnitsThatOthersStart is about Debian's mariadb.socket: somebody who connects while folders are moved must not start
// the server.
func TestUnitsThatOthersStart(t *testing.T) {
	y := replicatest.NewYard(t)
	y.Tool("systemctl", `#!/bin/sh
case $1 in
show) echo mariadb.socket mariadb.path ;;
is-enabled) [ "$3" = mariadb.socket ] ;;
*) echo "$@" >>`+y.Path("systemctl.log")+` ;;
esac
`)
	if err := y.Run(UnitScript+"set -eu\nstop_unit mariadb.service\nstart_unit mariadb.service", "x"); err != nil {
		t.Fatal(err)
	}
	want := "stop mariadb.socket\nstop mariadb.path\nstop mariadb.service\nstart mariadb.socket\nstart mariadb.service\n"
	if got := y.Read("systemctl.log"); got != want {
		t.Errorf("systemctl was told %q, want %q", got, want)
	}
}
