package transfer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/transfer/task"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

func place(name, address string) Place {
	return Place{Runner: remote.Guard(local{remotetest.Local{Name: name}}), Arch: "x86_64", Address: address}
}

// TestProbe has two servers on one machine, at addresses of their own.
func TestProbe(t *testing.T) {
	w := newWorld(t, sends, receives)
	before := knocks(t)
	path, err := w.jobs.Probe(t.Context(), place("db1", "127.0.0.1"), place("db2", "127.0.0.2"))
	if err != nil {
		t.Fatal(err)
	}
	if path.Way != ToPush || path.Address != "127.0.0.2" || path.Rate < 1<<20 || path.Detail != "" {
		t.Errorf("%+v", path)
	}
	if after := knocks(t); after != before {
		t.Errorf("left on the server: %s", after)
	}
}

func knocks(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/var/lib/belt-knock.*")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

func TestChoose(t *testing.T) {
	reached, refused := task.Answer{Port: 24440, Rate: 1000}, task.Answer{Error: "i/o timeout"}
	for _, tt := range []struct {
		name        string
		there, here task.Answer
		want        Path
		describes   string
	}{
		{"both ways", reached, reached, Path{Way: ToPush, Address: "10.0.0.2", Rate: 1000},
			"straight from db1 to db2 (10.0.0.2, ports 24440 to 24447)"},
		{"one way", refused, reached, Path{Way: ToPull, Address: "10.0.0.1", Rate: 1000, Detail: "db1 does not reach db2: i/o timeout"},
			"straight to db2 from db1 (10.0.0.1, ports 24440 to 24447)"},
		{"no way", refused, refused, Path{Way: Relayed, Detail: "db1 does not reach db2: i/o timeout; db2 does not reach db1: i/o timeout"},
			"through this machine"},
		{"no port", refused, task.Answer{Error: "i/o timeout", NoPort: "no port to wait on"},
			Path{Way: Relayed, Detail: "db2: no port to wait on; db2 does not reach db1: i/o timeout"}, "through this machine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := choose(place("db1", "10.0.0.1"), place("db2", "10.0.0.2"), tt.there, tt.here)
			if got != tt.want {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
			if text := got.Describe("db1", "db2"); !strings.Contains(text, tt.describes) {
				t.Errorf("described as %q", text)
			}
		})
	}
}
