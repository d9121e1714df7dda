package postgresql

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestKnockOfRealServers(t *testing.T) {
	cases := map[string]replication.Link{
		"no-entry-tls":   {Reachable: true, HostUp: true, Encrypted: true, From: "10.0.0.22"},
		"no-entry-plain": {Reachable: true, HostUp: true, From: "10.0.0.22"},
		"refused":        {HostUp: true, From: "10.0.0.22", Detail: "Connection refused"},
		"no-host":        {From: "10.0.0.22", Detail: "No route to host"},
	}
	eachMajor(t, func(t *testing.T, major int) {
		for name, want := range cases {
			link := replication.Link{From: "203.0.113.22"}
			readKnock(&link, read(t, fmt.Sprintf("%d/knock/%s.txt", major, name)), []string{"127.0.0.1", "10.0.0.22", "203.0.113.22"})
			if want.Reachable {
				want.Detail = link.Detail // the refusal in full
			}
			if d := cmp.Diff(want, link); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
		}
	})
}

func TestKnock(t *testing.T) {
	own := []string{"127.0.0.1", "10.0.0.22"}
	psql := "psql: error: connection to server at \"10.0.0.21\", port 5432 failed: "
	cases := map[string]struct {
		answer string
		own    []string
		want   replication.Link
	}{
		"timeout": {"source=10.0.0.22\n" + psql + "timeout expired\n", own, replication.Link{From: "10.0.0.22", Detail: "timeout expired"}},
		"it sees another address": {"source=10.0.0.22\n" + psql + `FATAL:  no pg_hba.conf entry for replication connection from host "198.51.100.7", user "belt_probe", SSL encryption` + "\n", own,
			replication.Link{From: "198.51.100.7", Reachable: true, HostUp: true, Encrypted: true}},
		"a rule lets strangers try": {"source=10.0.0.22\n" + psql + `FATAL:  password authentication failed for user "belt_probe"` + "\n", own,
			replication.Link{From: "10.0.0.22", Reachable: true, HostUp: true}},
		"a rule rejects": {"source=10.0.0.22\n" + psql + `FATAL:  pg_hba.conf rejects replication connection for host "10.0.0.22", user "belt_probe", no encryption` + "\n", own,
			replication.Link{From: "10.0.0.22", Reachable: true, HostUp: true}},
		"trust, and no such role": {"source=10.0.0.22\n" + psql + `FATAL:  role "belt_probe" does not exist` + "\n", own,
			replication.Link{From: "10.0.0.22", Reachable: true, HostUp: true}},
		"no route known":           {"source=\n" + psql + "Connection refused\n", own, replication.Link{From: "10.0.0.22", HostUp: true}},
		"address translation":      {"source=192.168.0.5\n" + psql + "timeout expired\n", []string{"192.168.0.5"}, replication.Link{From: "10.0.0.22", Detail: "timeout expired"}},
		"another of its addresses": {"source=10.1.1.1\n" + psql + "timeout expired\n", []string{"10.0.0.22", "10.1.1.1"}, replication.Link{From: "10.1.1.1", Detail: "timeout expired"}},
	}
	for name, c := range cases {
		link := replication.Link{From: "10.0.0.22"}
		readKnock(&link, c.answer, c.own)
		if c.want.Detail == "" {
			c.want.Detail = link.Detail
		}
		if d := cmp.Diff(c.want, link); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
