package install

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
	"github.com/google/go-cmp/cmp"
)

func TestFits(t *testing.T) {
	for _, tt := range []struct {
		version, series string
		want            bool
	}{
		{"15.18-0+deb12u1", "15", true},
		{"150.1", "15", false},
		{"1:10.11.6-0+deb12u1", "10.11", true},
		{"1:10.1.48", "10.11", false},
		{"5:7.0.15-1~deb12u8", "7.0", true},
		{"15", "15", true},
		{"15~beta1", "15", true},
		{"", "15", false},
		{"", "", false},
		{"2.31", "", true},
	} {
		if got := fits(tt.version, tt.series); got != tt.want {
			t.Errorf("fits(%q, %q) = %v", tt.version, tt.series, got)
		}
	}
}

func needs() replication.Needs {
	return replication.Needs{Product: "PostgreSQL 15", Packages: []replication.Package{{Name: "postgresql-15", Series: "15"}, {Name: "postgresql-15-postgis-3"}}}
}

func TestMissingSaysWhatIsOffered(t *testing.T) {
	m := Machine{Apt: true, Offers: []string{"postgresql-17"}, Packages: map[string]Offer{
		"postgresql-15": {Candidate: "16.1", Versions: []string{"16.1", "14.2"}},
	}}
	want := "its package sources lack postgresql-15 15: offered is 16.1, 14.2; postgresql-15-postgis-3: not offered; they offer postgresql-17"
	if got := m.Missing(needs()); got != want {
		t.Errorf("%q", got)
	}
	m.Packages = map[string]Offer{
		"postgresql-15":           {Candidate: "16.1", Versions: []string{"16.1", "15.9"}},
		"postgresql-15-postgis-3": {Installed: "3.3"},
	}
	if got := m.Missing(needs()); got != "" {
		t.Errorf("an older version that is offered would do: %q", got)
	}
	if got := m.Packages["postgresql-15"].choose("15"); got != "15.9" {
		t.Errorf("chosen %q", got)
	}
	m.Packages["postgresql-15"] = Offer{Installed: "14.1"}
	if got := m.Missing(needs()); !strings.Contains(got, "14.1 is installed") {
		t.Errorf("%q", got)
	}
	m.Apt = false
	if got := m.Missing(needs()); !strings.Contains(got, "no apt") {
		t.Errorf("%q", got)
	}
}

func TestSmaller(t *testing.T) {
	const gb = 1e9
	primary := replication.Host{Memory: 64 * gb, Cores: 16}
	for name, tt := range map[string]struct {
		m    Machine
		want string
	}{
		"as big":         {Machine{Host: primary, Disk: 1000 * gb, Free: 900 * gb}, ""},
		"a bit smaller":  {Machine{Host: replication.Host{Memory: 60 * gb, Cores: 12}, Disk: 800 * gb, Free: 700 * gb}, ""},
		"half of memory": {Machine{Host: replication.Host{Memory: 32 * gb, Cores: 16}, Disk: 1000 * gb, Free: 900 * gb}, "32 GB of memory, the primary has 64 GB"},
		"few cores":      {Machine{Host: replication.Host{Memory: 64 * gb, Cores: 2}, Disk: 1000 * gb, Free: 900 * gb}, "2 cores, the primary has 16"},
		"a full disk":    {Machine{Host: primary, Disk: 1000 * gb, Free: 10 * gb}, "10 GB free on the disk, the primary's data needs 120 GB"},
		"a small disk":   {Machine{Host: primary, Disk: 500 * gb, Free: 400 * gb}, "a disk of 500 GB, the primary's is 1.0 TB"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.m.Smaller(primary, 1000*gb, replication.Needs{Bytes: 100 * gb}); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestScale(t *testing.T) {
	const gb = 1 << 30
	tuned := []replication.Tuned{{Name: "shared_buffers", Value: "16GB", Bytes: 16 * gb}, {Name: "max_connections", Value: "500"}}
	write := func(n int64) string { return strings.Repeat("G", int(n/gb)) }
	got := Scale(tuned, replication.Host{Memory: 64 * gb}, replication.Host{Memory: 16 * gb}, write)
	if d := cmp.Diff([]replication.Tuned{{Name: "shared_buffers", Value: "GGGG", Bytes: 4 * gb}, tuned[1]}, got); d != "" {
		t.Error(d)
	}
	same := Scale(tuned, replication.Host{Memory: 64 * gb}, replication.Host{Memory: 63 * gb}, write)
	if d := cmp.Diff(tuned, same); d != "" {
		t.Errorf("machines of one size: %s", d)
	}
}

func TestLocales(t *testing.T) {
	j := Job{Needs: replication.Needs{Locales: []string{"C", "POSIX", "C.UTF-8", "en_US.utf8", "de_DE.UTF-8", "de_DE@euro", "sv_SE.ISO-8859-15", ""}}}
	want := []string{"en_US.UTF-8 UTF-8", "de_DE.UTF-8 UTF-8", "de_DE@euro ISO-8859-1", "sv_SE.ISO-8859-15 ISO-8859-15"}
	if d := cmp.Diff(want, j.locales()); d != "" {
		t.Error(d)
	}
}
