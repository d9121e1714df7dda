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

func TestCapturedMariaDB(t *testing.T) {
	for _, depth := range []string{"glance", "survey"} {
		f := captured(t, mariaDB, "mariadb-10.11", "fresh", "db1", depth)
		n := nativeOf(f)
		if !f.Installed || !f.Running || !f.Writable || f.Replica || f.Problem != "" || f.Version != "10.11.18" || f.Identity == "" || f.Instance == "" {
			t.Errorf("%s: %+v", depth, f)
		}
		if n.LogBin || n.ServerID != 1 || n.value("log_bin") != "OFF" || n.DropIns != "/etc/mysql/mariadb.conf.d" || n.Service != "mariadb.service" ||
			n.Client != "/usr/bin/mariadb" || len(n.Missing) > 0 {
			t.Errorf("%s: %+v", depth, n.place)
		}
		if depth == "glance" != (n.survey == nil) {
			t.Errorf("%s: survey %+v", depth, n.survey)
		}
	}
	n := nativeOf(captured(t, mariaDB, "mariadb-10.11", "fresh", "db1", "survey"))
	engines := map[string]bool{}
	for _, e := range n.survey.Engines {
		engines[e.Engine] = true
	}
	if !engines["InnoDB"] || !engines["MyISAM"] || n.survey.UsedBytes == 0 || n.survey.FreeBytes == 0 || len(n.survey.Events) == 0 {
		t.Errorf("survey: %+v", n.survey)
	}
}

// TestCapturedStates judges real servers in states that were brought about on purpose.
func TestCapturedStates(t *testing.T) {
	for state, want := range map[string]struct {
		state   replication.State
		problem string
	}{
		"healthy":         {replication.Streaming, ""},
		"stopped-threads": {replication.Broken, "its replication threads are stopped"},
		"errant":          {replication.Diverged, "it has transactions of its own: 0-2037854598-5"},
		"stopped":         {replication.Stopped, "mariadbd is not running"},
	} {
		for _, depth := range []string{"glance", "survey"} {
			top := MariaDB().Topology("shop/mariadb", pair(t, mariaDB, "mariadb-10.11", state, depth))
			if top.Primary == nil || top.Primary.Node.Server != "db1" || len(top.Replicas) != 1 || len(top.Leftovers) > 0 {
				t.Errorf("%s: %+v", state, top)
				continue
			}
			r := top.Replicas[0]
			if r.State != want.state || r.Problem != want.problem || r.Facts.Follows != "10.0.0.21:3306" {
				t.Errorf("%s, %s: %s %q, follows %s", state, depth, r.State, r.Problem, r.Facts.Follows)
			}
			if healthy := r.State == replication.Streaming; healthy != (r.LagBytes != nil) || healthy != (r.LagSeconds != nil) {
				t.Errorf("%s: lag %v, %v", state, r.LagBytes, r.LagSeconds)
			}
		}
	}
}
