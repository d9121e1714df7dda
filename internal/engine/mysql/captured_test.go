package mysql

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/replication"
)

const testdata = "../../../testdata/mysql"

// read returns a captured answer of a real server.
func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// node is shop/db1 at .21, shop/db2 at .22 and so on.
func node(f flavour, server string) replication.Node {
	number := server[len(server)-1:]
	return replication.Node{
		App: "shop", Server: server, Label: server, Database: string(f), Engine: string(f),
		Internal: "10.0.0.2" + number, External: "203.0.113.2" + number,
	}
}

// captured are the facts of one server: of "mariadb-10.11" in the state "healthy", at a glance or by a survey.
func captured(t testing.TB, f flavour, product, state, server, depth string) replication.Facts {
	t.Helper()
	text := read(t, product+"/"+state+"/"+server+"-"+depth+".txt")
	_, clock, _ := strings.Cut(text, "\nclock=")
	asked, err := strconv.ParseInt(clock[:strings.IndexByte(clock, '.')], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	facts := replication.Facts{Node: node(f, server), At: time.Unix(asked, 0)}
	e := &Engine{flavour: f}
	if err := e.read(&facts, text, time.Unix(asked+1, 0)); err != nil {
		t.Fatal(err)
	}
	return facts
}

// pair are the captured facts of db1 and db2.
func pair(t testing.TB, f flavour, product, state, depth string) []replication.Facts {
	return []replication.Facts{captured(t, f, product, state, "db1", depth), captured(t, f, product, state, "db2", depth)}
}

// seen are the products whose answers were captured, by mytest/capture, from real servers.
var seen = []struct {
	flavour flavour
	series  string
}{{mariaDB, "10.5"}, {mariaDB, "10.11"}, {mariaDB, "11.8"}, {mySQL, "9.7"}}

// eachSeen runs the test for every captured product.
func eachSeen(t *testing.T, test func(t *testing.T, f flavour, folder string)) {
	for _, p := range seen {
		folder := string(p.flavour) + "-" + p.series
		t.Run(folder, func(t *testing.T) { test(t, p.flavour, folder) })
	}
}

func TestCapturedFresh(t *testing.T) {
	eachSeen(t, func(t *testing.T, flavour flavour, folder string) {
		series := strings.TrimPrefix(folder, string(flavour)+"-")
		for _, depth := range []string{"glance", "survey"} {
			f := captured(t, flavour, folder, "fresh", "db1", depth)
			n := nativeOf(f)
			if !f.Installed || !f.Running || !f.Writable || f.Replica || f.Problem != "" || n.version.series() != series || f.Identity == "" || f.Instance == "" || f.Position == "" {
				t.Errorf("%s: %+v", depth, f)
			}
			// Debian's MariaDB has no binary log.
			if n.LogBin != (flavour == mySQL) || n.ServerID != 1 || n.on("log_bin") != n.LogBin || n.Service != string(flavour)+".service" ||
				n.DropIns != map[bool]string{true: "/etc/mysql/mysql.conf.d", false: "/etc/mysql/mariadb.conf.d"}[flavour == mySQL] || n.Client == "" || len(n.Missing) > 0 {
				t.Errorf("%s: %+v", depth, n.place)
			}
			if depth == "glance" != (n.survey == nil) {
				t.Errorf("%s: survey %+v", depth, n.survey)
			}
		}
		n := nativeOf(captured(t, flavour, folder, "fresh", "db1", "survey"))
		s := n.survey
		engines := map[string]bool{}
		for _, e := range s.Engines {
			engines[e.Engine] = true
		}
		if !engines["InnoDB"] || !engines["MyISAM"] || s.UsedBytes == 0 || s.FreeBytes == 0 || len(s.Events) == 0 || s.Triggers == 0 || n.dataBytes() == 0 {
			t.Errorf("survey: %+v", s)
		}
		if flavour == mySQL && (!n.offersTLS() || n.UUID == "" || n.Executed == "" || s.Floats.Columns == 0 || !n.CloneLibrary || !n.Dumper) {
			t.Errorf("%+v, %+v", n, s)
		}
	})
}

// TestCapturedStates judges real servers in states that were brought about on purpose.
func TestCapturedStates(t *testing.T) {
	program := map[flavour]string{mariaDB: "mariadbd", mySQL: "mysqld"}
	for state, want := range map[string]struct {
		state   replication.State
		problem string
	}{
		"healthy":         {replication.Streaming, ""},
		"stopped-threads": {replication.Broken, "its replication threads are stopped"},
		"errant":          {replication.Diverged, "it has transactions of its own: "},
		"stopped":         {replication.Stopped, "is not running"},
		"lost":            {replication.Stopped, "is not running"},
		"released":        {replication.Diverged, "is not a replica any more: it takes writes of its own"},
	} {
		eachSeen(t, func(t *testing.T, flavour flavour, folder string) {
			for _, depth := range []string{"glance", "survey"} {
				top := (&Engine{flavour: flavour}).Topology("shop/"+string(flavour), pair(t, flavour, folder, state, depth))
				if top.Primary == nil || top.Primary.Node.Server != "db1" || len(top.Replicas) != 1 || len(top.Leftovers) > 0 {
					t.Errorf("%s: %+v", state, top)
					continue
				}
				r := top.Replicas[0]
				if r.State != want.state || !strings.Contains(r.Problem, want.problem) || state != "released" && r.Facts.Follows != "10.0.0.21:3306" {
					t.Errorf("%s, %s: %s %q, follows %s", state, depth, r.State, r.Problem, r.Facts.Follows)
				}
				if want.state == replication.Stopped && r.Problem != program[flavour]+" is not running" {
					t.Errorf("%s: %q", state, r.Problem)
				}
				if healthy := r.State == replication.Streaming; healthy != (r.LagBytes != nil) || healthy != (r.LagSeconds != nil) {
					t.Errorf("%s: lag %v, %v", state, r.LagBytes, r.LagSeconds)
				}
			}
		})
	}
}

// A run that was killed is named on both servers.
func TestCapturedUnfinished(t *testing.T) {
	eachSeen(t, func(t *testing.T, flavour flavour, folder string) {
		facts := pair(t, flavour, folder, "unfinished", "glance")
		top := (&Engine{flavour: flavour}).Topology("shop/"+string(flavour), facts)
		if facts[1].Unfinished != "db replicate enable" || !nativeOf(facts[1]).NewFolder || top.Primary == nil || len(top.Leftovers) == 0 {
			t.Errorf("unfinished %q, topology %+v", facts[1].Unfinished, top)
		}
	})
}
