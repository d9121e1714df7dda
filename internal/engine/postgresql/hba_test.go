package postgresql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHBARules(t *testing.T) {
	cases := map[string]struct {
		address   string
		encrypted bool
		want      []string
	}{
		"within": {"10.0.0.22", false, []string{
			"host replication r 10.0.0.22/32 scram-sha-256 # belt:n", "host postgres r 10.0.0.22/32 scram-sha-256 # belt:n"}},
		"between": {"203.0.113.9", true, []string{
			"hostssl replication r 203.0.113.9/32 scram-sha-256 # belt:n", "hostssl postgres r 203.0.113.9/32 scram-sha-256 # belt:n"}},
		"IPv6": {"2001:db8::7", false, []string{
			"host replication r 2001:db8::7/128 scram-sha-256 # belt:n", "host postgres r 2001:db8::7/128 scram-sha-256 # belt:n"}},
		"a name": {"db2.example.com", false, []string{
			"host replication r db2.example.com scram-sha-256 # belt:n", "host postgres r db2.example.com scram-sha-256 # belt:n"}},
	}
	for name, c := range cases {
		got := hbaRules("n", "r", c.address, c.encrypted)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		for _, l := range hbaLines(append(got, "host all all 0.0.0.0/0 md5")) {
			if l.Name != "n" {
				t.Errorf("%s: read back as %q", name, l.Name)
			}
		}
	}
}

func TestMissingRules(t *testing.T) {
	cases := map[string]struct{ primary, target, want []string }{
		"the network's": {
			[]string{"local all all peer", "host  all   shop 10.0.0.0/24  scram-sha-256", "hostssl all all 0.0.0.0/0 scram-sha-256"}, nil,
			[]string{"host all shop 10.0.0.0/24 scram-sha-256 # belt-copied", "hostssl all all 0.0.0.0/0 scram-sha-256 # belt-copied"}},
		"not those that are there": {
			[]string{"host all shop 10.0.0.0/24 scram-sha-256"}, []string{"host all\tshop  10.0.0.0/24 scram-sha-256"}, nil},
		"those that an earlier copy brought": {
			[]string{"host all shop 10.0.0.0/24 scram-sha-256"}, []string{"host all shop 10.0.0.0/24 scram-sha-256 # belt-copied"},
			[]string{"host all shop 10.0.0.0/24 scram-sha-256 # belt-copied"}},
		"not the server's own": {
			[]string{"host all all 127.0.0.1/32 md5", "host all all ::1/128 md5", "host all all localhost md5"}, nil, nil},
		"not those of replication": {
			[]string{"host replication repl 10.0.0.9/32 md5", "host postgres belt_a 10.0.0.2/32 scram-sha-256 # belt:belt_a"}, nil, nil},
		"once": {
			[]string{"host a b 10.0.0.0/8 md5", "host a b  10.0.0.0/8 md5"}, nil, []string{"host a b 10.0.0.0/8 md5 # belt-copied"}},
		"with a mask": {
			[]string{"host all shop 10.0.0.0 255.255.255.0 md5"}, nil, []string{"host all shop 10.0.0.0 255.255.255.0 md5 # belt-copied"}},
		"half a line": {[]string{"host all"}, nil, nil},
	}
	for name, c := range cases {
		if d := cmp.Diff(c.want, missingRules(c.primary, c.target)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
