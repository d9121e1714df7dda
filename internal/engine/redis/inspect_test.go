package redis

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/replication"
)

// said is the part of the facts that a state decides.
type said struct {
	Running, Writable, Replica bool
	Follows, Unfinished        string
	Kept                       int
	User, Includes, Buffers    bool
	Replicas                   int
	Begun                      int
}

func saidBy(f replication.Facts) said {
	n := nativeOf(f)
	return said{
		Running: f.Running, Writable: f.Writable, Replica: f.Replica, Follows: f.Follows, Unfinished: f.Unfinished, Kept: len(f.Kept),
		User: n.hasUser("belt_shop_db2"), Includes: n.includes(), Buffers: n.Buffers != "", Replicas: len(n.Replicas), Begun: len(n.notes.Begun),
	}
}

func TestFactsOfRealServers(t *testing.T) {
	const from = "10.0.0.21:6379"
	alone := said{Running: true, Writable: true}
	primary := said{Running: true, Writable: true, User: true}
	feeds := primary
	feeds.Replicas = 1
	begun := primary
	begun.Begun, begun.Buffers = 1, true
	replica := said{Running: true, Replica: true, Follows: from, Kept: 1, Includes: true}
	stopped := replica
	stopped.Running = false
	written := replica
	written.Writable = true
	cases := map[string]said{
		"fresh/db1": alone, "fresh/db2": alone,
		"unfinished/db1": begun, "unfinished/db2": {Replica: true, Follows: from, Kept: 1, Includes: true, Unfinished: commandEnable},
		"healthy/db1": feeds, "healthy/db2": replica,
		"stopped/db1": primary, "stopped/db2": stopped,
		"lost/db1": primary, "lost/db2": stopped,
		"written/db1": feeds, "written/db2": written,
		"promoted/db1": primary, "promoted/db2": {Running: true, Writable: true, Kept: 1, Includes: true},
	}
	eachCapture(t, func(t *testing.T, flavour, series string) {
		for name, want := range cases {
			state, server, _ := strings.Cut(name, "/")
			f := captured(t, flavour, series, state, server, replication.Survey)
			if d := cmp.Diff(want, saidBy(f)); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
		}
		for server, want := range map[string]said{"db1": feeds, "db2": replica} {
			f := captured(t, flavour, series, "healthy", server, replication.Glance)
			if d := cmp.Diff(want, saidBy(f)); d != "" || nativeOf(f).survey != nil {
				t.Errorf("a glance at %s (-want +got):\n%s", server, d)
			}
		}
	})
}

// What does not depend on a state.
func TestFactsOfEveryServer(t *testing.T) {
	eachCapture(t, func(t *testing.T, flavour, series string) {
		for _, state := range []string{"fresh", "unfinished", "healthy", "stopped", "lost", "written", "promoted"} {
			for _, f := range pair(t, flavour, series, state) {
				n, at := nativeOf(f), state+"/"+f.Node.Server
				want := place{
					Unit: flavour + "-server.service", Program: "/usr/bin/" + flavour + "-server", Client: "/usr/bin/" + flavour + "-cli",
					Config: "/etc/" + flavour + "/" + flavour + ".conf", Arguments: n.Arguments, Dir: "/var/lib/" + flavour,
					Owner: flavour, Group: flavour, Port: 6379, Host: "127.0.0.1",
				}
				if d := cmp.Diff(want, n.place); d != "" {
					t.Errorf("%s: place (-want +got):\n%s", at, d)
				}
				s := n.survey
				switch {
				case n.flavour != flavour || !strings.HasPrefix(f.Version, series+"."):
					t.Errorf("%s: %s %s", at, n.flavour, f.Version)
				case f.Host.MachineID == "" || f.Host.Memory < 1<<30 || !f.Host.Systemd || !f.Installed:
					t.Errorf("%s: %+v", at, f.Host)
				case s == nil || s.Free < 1<<20 || s.Available < 1<<20 || len(s.Listening) == 0:
					t.Errorf("%s: %+v", at, s)
				case f.Running && (f.Identity == "" || f.Instance == "" || n.Settings["repl-backlog-size"] == "" || n.Open || !n.persists()):
					t.Errorf("%s: %+v", at, f)
				case f.Running && n.Settings["tls-port"] != "0":
					t.Errorf("%s: Debian's package has TLS, and none is set up: %q", at, n.Settings["tls-port"])
				case state != "unfinished" && n.Head.ID == "" && f.Replica && !f.Running:
					t.Errorf("%s: its dump does not tell where it was", at)
				}
			}
		}
	})
}

// What Belt asks and a server does not know is what the table of abilities says.
func TestSettingsOfRealServers(t *testing.T) {
	since := map[string]ability{
		"appenddirname": foldersAOF, "repl-diskless-sync-max-replicas": waitsForReplicas, "maxmemory-clients": {700, 702},
	}
	eachCapture(t, func(t *testing.T, flavour, series string) {
		n := nativeOf(captured(t, flavour, series, "fresh", "db1", replication.Survey))
		for _, name := range asked {
			a, limited := since[name]
			if _, known := n.Settings[name]; known != (!limited || n.can(a)) {
				t.Errorf("%s: known is %v", name, known)
			}
		}
	})
}

// The states of replicas, as status tells them of real servers.
func TestStatesOfRealServers(t *testing.T) {
	eachCapture(t, func(t *testing.T, flavour, series string) {
		for state, want := range map[string]replication.State{
			"healthy": replication.Streaming, "stopped": replication.Stopped, "lost": replication.Stopped, "written": replication.Diverged,
			"promoted": replication.Diverged,
		} {
			top := New(flavour).Topology("shop/"+flavour, pair(t, flavour, series, state))
			if top.Primary == nil || top.Primary.Node.Server != "db1" || len(top.Replicas) != 1 || top.Replicas[0].State != want {
				t.Errorf("%s: want %s: %+v", state, want, top.Replicas)
			}
		}
	})
}

// Over a slow link a replica that loads its copy answers the first question only, before the client's time is over: it is
// being copied, and not broken.
func TestReplicaThatIsBeingCopied(t *testing.T) {
	eachCapture(t, func(t *testing.T, flavour, series string) {
		facts := pair(t, flavour, series, "healthy")
		text := answer(t, flavour, series, "healthy", "db2")
		head, answers, _ := strings.Cut(text, "\nanswers\n")
		answers = strings.Replace(answers, "master_sync_in_progress:0", "master_sync_in_progress:1", 1)
		answers = strings.Replace(answers, "\nloading:0", "\nloading:1", 1)
		const end = "\"belt-MARK\"\n"
		opening := strings.Index(answers, end) + len(end)
		info := opening + strings.Index(answers[opening:], end) + len(end)

		f := replication.Facts{Node: node(flavour, "db2")}
		New(flavour).hear(&f, head+"\nanswers\n"+answers[:info], questionsFor(replication.Survey), "belt-MARK")
		facts[1] = f
		top := New(flavour).Topology("shop/"+flavour, facts)
		if len(top.Replicas) != 1 || top.Replicas[0].State != replication.Seeding {
			t.Errorf("%+v: %+v", f, top.Replicas)
		}
	})
}
