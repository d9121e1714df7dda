package redis

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/replication"
)

const testdata = "../../../testdata/redis"

// captures are the versions whose answers were captured, by redistest/capture, from real servers.
var captures = []struct{ flavour, series string }{{Redis, "6.0"}, {Redis, "7.0"}, {Redis, "8.0"}, {Valkey, "8.1"}, {Valkey, "9.1"}}

// node is shop/db1 at .21, shop/db2 at .22 and so on.
func node(flavour, server string) replication.Node {
	number := server[len(server)-1:]
	return replication.Node{
		App: "shop", Server: server, Label: server, Database: flavour, Engine: flavour, Internal: "10.0.0.2" + number, External: "203.0.113.2" + number,
	}
}

// answer is what one server said in a state.
func answer(t testing.TB, flavour, series, state, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata, flavour+"-"+series, state, name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// captured are the facts of one server, as it told them in a state.
func captured(t testing.TB, flavour, series, state, server string, depth replication.Depth) replication.Facts {
	t.Helper()
	name := server
	if depth == replication.Glance {
		name += "-glance"
	}
	f := replication.Facts{Node: node(flavour, server), At: time.Unix(1795335343, 0)}
	New(flavour).hear(&f, answer(t, flavour, series, state, name), questionsFor(depth), "belt-MARK")
	if f.Err != nil {
		t.Fatal(f.Err)
	}
	return f
}

// pair are the captured facts of db1 and db2.
func pair(t testing.TB, flavour, series, state string) []replication.Facts {
	t.Helper()
	return []replication.Facts{
		captured(t, flavour, series, state, "db1", replication.Survey), captured(t, flavour, series, state, "db2", replication.Survey),
	}
}

// eachCapture runs the test for every captured version.
func eachCapture(t *testing.T, test func(t *testing.T, flavour, series string)) {
	for _, c := range captures {
		t.Run(fmt.Sprint(c.flavour, " ", c.series), func(t *testing.T) { test(t, c.flavour, c.series) })
	}
}
