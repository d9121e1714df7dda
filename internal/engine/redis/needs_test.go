package redis

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestTuningFile(t *testing.T) {
	n := &native{place: place{Unit: "redis-server.service", Config: "/etc/redis/redis.conf"}}
	tuning := n.tuning()
	got := tuning.Render([]replication.Tuned{
		{Name: "maxmemory", Value: "1073741824", Bytes: 1 << 30}, {Name: "save", Value: "3600 1 300 100"}, {Name: "save", Value: ""},
		{Name: "notify-keyspace-events", Value: ""},
	})
	want := `# Written by Belt when it made this server a replica: what the primary has tuned, fitted to this server's memory.
maxmemory 1073741824
save ""
save 3600 1
save 300 100
save ""
notify-keyspace-events ""
`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if tuning.File != "/etc/redis/belt-tuning.conf" {
		t.Error(tuning.File)
	}
}

func TestOlder(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{{"6.0.16", "7.0.15", true}, {"7.0.15", "7.0.1", false}, {"8.1.1", "7.2.4", false}, {"7.0.15", "7.2.0", true}} {
		if got := older(tt.a, tt.b); got != tt.want {
			t.Errorf("older(%s, %s) = %v", tt.a, tt.b, got)
		}
	}
}
