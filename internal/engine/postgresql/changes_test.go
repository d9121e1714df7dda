package postgresql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestPrimaryChanges(t *testing.T) {
	type facts = []replication.Facts
	cases := map[string]struct {
		change  func(facts)
		request func(*replication.Request)
		want    string // name: from → to, one a line; ! where it needs a restart
	}{
		"as Debian has it":    {want: "max_slot_wal_keep_size: -1 → 33792"},
		"a cap of the user's": {change: func(f facts) { set(f[0], "max_slot_wal_keep_size", "2048") }},
		"--keep-wal": {change: func(f facts) { set(f[0], "max_slot_wal_keep_size", "2048") },
			request: func(r *replication.Request) { r.Options.KeepWAL = 3 << 30 }, want: "max_slot_wal_keep_size: 2048 → 3072"},
		"--keep-wal as it is": {change: func(f facts) { set(f[0], "max_slot_wal_keep_size", "3072") },
			request: func(r *replication.Request) { r.Options.KeepWAL = 3 << 30 }},
		"wal_level": {change: func(f facts) { set(f[0], "wal_level", "minimal") },
			want: "wal_level: minimal → replica!\nmax_slot_wal_keep_size: -1 → 33792"},
		"logical is enough": {change: func(f facts) { set(f[0], "wal_level", "logical") }, want: "max_slot_wal_keep_size: -1 → 33792"},
		"too few senders": {change: func(f facts) { set(f[0], "max_wal_senders", "1") },
			want: "max_wal_senders: 1 → 10!\nmax_slot_wal_keep_size: -1 → 33792"},
		"senders in use": {change: func(f facts) {
			set(f[0], "max_wal_senders", "10")
			nativeOf(f[0]).Senders = make([]sender, 9)
		}, want: "max_wal_senders: 10 → 11!\nmax_slot_wal_keep_size: -1 → 33792"},
		"too few slots": {change: func(f facts) { set(f[0], "max_replication_slots", "0") },
			want: "max_replication_slots: 0 → 10!\nmax_slot_wal_keep_size: -1 → 33792"},
		"its own slot is there already": {change: func(f facts) {
			set(f[0], "max_replication_slots", "1")
			nativeOf(f[0]).Slots = []slot{{Name: "belt_shop_db2"}}
		}, want: "max_slot_wal_keep_size: -1 → 33792"},
		"listens to itself": {change: func(f facts) { set(f[0], "listen_addresses", "localhost") }, request: closed,
			want: "listen_addresses: localhost → localhost,10.0.0.21!\nmax_slot_wal_keep_size: -1 → 33792"},
		"listens to nobody": {change: func(f facts) { set(f[0], "listen_addresses", "") }, request: closed,
			want: "listen_addresses:  → 10.0.0.21!\nmax_slot_wal_keep_size: -1 → 33792"},
		"listens to all, and is filtered": {request: closed, want: "max_slot_wal_keep_size: -1 → 33792"},
		"behind address translation": {change: func(f facts) {
			set(f[0], "listen_addresses", "localhost")
			f[0].Host.Addresses = []string{"172.16.0.1"}
		}, request: closed, want: "listen_addresses: localhost → *!\nmax_slot_wal_keep_size: -1 → 33792"},
		"no TLS, within an app": {change: func(f facts) { set(f[0], "ssl", "off") }, want: "max_slot_wal_keep_size: -1 → 33792"},
		"no TLS, between apps": {change: func(f facts) {
			set(f[0], "ssl", "off")
			elsewhere(f)
		}, want: "max_slot_wal_keep_size: -1 → 33792\nssl: off → on\nssl_cert_file: /etc/ssl/certs/ssl-cert-snakeoil.pem → /var/lib/belt/postgresql-5432/server.crt\n" +
			"ssl_key_file:  → /var/lib/belt/postgresql-5432/server.key"},
	}
	for name, c := range cases {
		f := pair(t, 15, "fresh")
		nativeOf(f[0]).survey.WALFree = 67 << 30
		if c.change != nil {
			c.change(f)
		}
		req := from(f, "enable")
		if c.request != nil {
			c.request(&req)
		}
		var got []string
		restart := false
		changes := primaryChanges(req)
		for _, s := range changes.list {
			line := s.name + ": " + s.from + " → " + s.to
			if s.restart {
				line += "!"
				restart = true
			}
			got = append(got, line)
			if s.restart != needsRestart[s.name] {
				t.Errorf("%s: a restart for %s is %v here and %v when it is put back", name, s.name, s.restart, needsRestart[s.name])
			}
		}
		if d := cmp.Diff(c.want, strings.Join(got, "\n")); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if changes.restart != restart {
			t.Errorf("%s: restart is %v", name, changes.restart)
		}
	}
}

// closed says that the port does not answer, and the host does.
func closed(r *replication.Request) {
	for key, l := range r.Links {
		l.Reachable, l.HostUp = false, true
		r.Links[key] = l
	}
}

func TestWALCap(t *testing.T) {
	const gib = 1 << 30
	for free, want := range map[int64]int64{0: gib, gib: gib, 3 * gib: gib, 10 * gib: 5 * gib, 11*gib + 1: 5 * gib, 1000 * gib: 64 * gib} {
		f := pair(t, 15, "fresh")
		nativeOf(f[0]).survey.WALFree = free
		req := from(f, "enable")
		if got := walCap(req); got != want {
			t.Errorf("%s free: %s", replica.Size(free), replica.Size(got))
		}
		req.Options.KeepWAL = 7
		if got := walCap(req); got != 7 {
			t.Errorf("as the user said: %d", got)
		}
	}
}

func TestListens(t *testing.T) {
	cases := []struct {
		setting, address string
		want             bool
	}{
		{"*", "10.0.0.21", true}, {"0.0.0.0", "10.0.0.21", true}, {"0.0.0.0", "::1", false}, {"::", "2001:db8::1", true}, {"::", "10.0.0.21", false},
		{"localhost, 10.0.0.21", "10.0.0.21", true}, {"localhost", "10.0.0.21", false}, {"", "10.0.0.21", false}, {"10.0.0.210", "10.0.0.21", false},
	}
	for _, c := range cases {
		if got := listens(c.setting, c.address); got != c.want {
			t.Errorf("%q, %s: %v", c.setting, c.address, got)
		}
	}
}

func TestReplicaListens(t *testing.T) {
	cases := map[string]struct{ primary, target, want string }{
		"both to all":           {"*", "*", ""},
		"both to themselves":    {"localhost", "localhost", ""},
		"the primary to all":    {"*", "localhost", "*"},
		"the primary to one":    {"localhost,10.0.0.21", "localhost", "localhost,10.0.0.22,203.0.113.22"},
		"the replica to enough": {"*", "10.0.0.22", ""},
	}
	for name, c := range cases {
		f := pair(t, 15, "fresh")
		set(f[0], "listen_addresses", c.primary)
		set(f[1], "listen_addresses", c.target)
		if got := newMaking(from(f, "enable"), f[1]).replicaListen(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
