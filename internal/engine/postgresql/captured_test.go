package postgresql

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/replication"
)

const testdata = "../../../testdata/postgresql"

// majors are the versions of PostgreSQL whose answers were captured, by pgtest/capture, from real servers.
var majors = []int{13, 15, 17, 18}

// read returns a captured answer.
func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// node is shop/db1 at .21, shop/db2 at .22 and so on.
func node(server string) replication.Node {
	number := server[len(server)-1:]
	return replication.Node{
		App: "shop", Server: server, Label: server, Database: "postgresql", Engine: "postgresql",
		Internal: "10.0.0.2" + number, External: "203.0.113.2" + number,
	}
}

// captured are the facts of one server, "healthy" or "healthy-glance".
func captured(t testing.TB, major int, state, server string) replication.Facts {
	t.Helper()
	state, depth, _ := strings.Cut(state, "-")
	if depth != "" {
		depth = "-" + depth
	}
	f := replication.Facts{Node: node(server), At: time.Unix(1795335343, 0)}
	if err := parseInspection(&f, read(t, fmt.Sprintf("%d/%s/%s%s.txt", major, state, server, depth)), time.Now()); err != nil {
		t.Fatal(err)
	}
	return f
}

// pair are the captured facts of db1 and db2.
func pair(t testing.TB, major int, state string) []replication.Facts {
	return []replication.Facts{captured(t, major, state, "db1"), captured(t, major, state, "db2")}
}

// eachMajor runs the test for every captured version.
func eachMajor(t *testing.T, test func(t *testing.T, major int)) {
	for _, major := range majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) { test(t, major) })
	}
}
