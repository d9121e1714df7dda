package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/replication"
)

// everything has keys of every type, small and big.
func everything() map[string]value {
	keys := map[string]value{
		"s": text("text"), "expires": text("x").ends(noon + 1000), "empty": text(""), "odd\nkey": text("odd\r\nvalue"),
		"l": list("a", "b"), "set": set("m", "n"), "h": hash("f", "1", "g", "2"), "z": zset("a", "1", "b", "2.5"), "st": stream("1-1", "2-1"),
		"module": {kind: "module-1", v: []string{"some dump 0123456789"}},
		"big":    text(strings.Repeat("x", heavy+10)),
	}
	var long, ids []string
	for i := range 2 * mostParts {
		long, ids = append(long, fmt.Sprint("e", i)), append(ids, fmt.Sprint("1-", i+1))
	}
	keys["big list"], keys["big set"], keys["big hash"], keys["big zset"] = list(long...), set(long...), hash(long...), zset(numbered(long)...)
	keys["big stream"] = stream(ids...)
	return keys
}

func numbered(v []string) []string {
	out := slices.Clone(v)
	for i := 1; i < len(out); i += 2 {
		out[i] = fmt.Sprint(i)
	}
	return out
}

// pair are a primary and a replica with the same keys.
func pair(t *testing.T) (primary, replica *double) {
	return newDouble(t, "db1", everything()), newDouble(t, "db2", everything()).follows()
}

func run(t *testing.T, primary, replica *double) replication.Verification {
	t.Helper()
	v, err := Run(t.Context(), primary.server(), replica.server(), Options{Bytes: 1000}, func(int64, int64, string) {})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(v.Differences, func(a, b replication.Difference) int { return strings.Compare(a.Object, b.Object) })
	return v
}

// ways are the two ways in which a server is read.
func ways(t *testing.T, test func(t *testing.T, primary, replica *double)) {
	for name, why := range map[string]string{"scripts": "", "no scripts": "NOPERM this user has no permissions to run the 'eval' command"} {
		t.Run(name, func(t *testing.T) {
			primary, replica := pair(t)
			replica.noScripts = why // one is enough
			test(t, primary, replica)
		})
	}
}

func TestEqual(t *testing.T) {
	ways(t, func(t *testing.T, primary, replica *double) {
		primary.dbs[3], replica.dbs[3] = map[string]value{"x": text("y")}, map[string]value{"x": text("y")}
		slices.Reverse(replica.dbs[0]["set"].v) // tables have no order
		v := run(t, primary, replica)
		if !v.Equal || v.Tables != 2 || v.Rows != int64(len(primary.dbs[0])+1) || len(v.Differences)+len(v.Skipped) > 0 {
			t.Errorf("%+v", v)
		}
		if replica.noScripts == "" && primary.asked["GET"]+replica.asked["GET"] > 0 {
			t.Errorf("values travelled: %v", primary.asked)
		}
		// Both have as many keys at one moment: nobody looks for keys that only the replica has.
		if replica.noScripts == "" && replica.asked["SCAN"] > 0 {
			t.Errorf("the replica's keys were walked: %v", replica.asked)
		}
	})
}

func TestDifferences(t *testing.T) {
	ways(t, func(t *testing.T, primary, replica *double) {
		there := replica.dbs[0]
		there["s"], there["extra"], there["h"], there["l"] = text("other"), text("x"), hash("f", "1", "g", "3"), set("a", "b")
		there["expires"] = there["expires"].ends(noon + 900000)
		there["big"], there["big list"] = text(strings.Repeat("x", heavy+9)+"y"), list(there["big list"].v[1:]...)
		there["big stream"] = stream(append(slices.Clone(there["big stream"].v[:1200]), "9-1")...)
		delete(there, "z")
		replica.dbs[7] = map[string]value{"lost": text("x")}
		v := run(t, primary, replica)
		var got []string
		for _, d := range v.Differences {
			got = append(got, d.Object+": "+d.Detail)
		}
		want := []string{
			"db0:big list: the content of the list differs", "db0:big stream: the content of the stream differs", "db0:big: the content of the string differs",
			"db0:expires: expires at 2026-11-27 12:00:01.000 UTC, and at 2026-11-27 12:15:00.000 UTC on the replica", "db0:extra: is on the replica only",
			"db0:h: the content of the hash differs", "db0:l: is a list there and a set on the replica", "db0:s: the content of the string differs",
			"db0:z: is missing on the replica", "db7:lost: is on the replica only",
		}
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" || v.Equal {
			t.Errorf("equal %v (-want +got):\n%s", v.Equal, d)
		}
	})
}

// TestChangesMeanwhile: what only changed between the two looks is no difference, and what always changes is named as not
// compared.
func TestChangesMeanwhile(t *testing.T) {
	primary, replica := pair(t)
	n := 0
	replica.meanwhile = func(words []string) {
		if words[0] == "EVAL" && n < 4 { // the primary writes just before the replica is asked
			n++
			primary.write("s", text(fmt.Sprint(n)))
			replica.write("s", text(fmt.Sprint(n)))
		}
	}
	if v := run(t, primary, replica); !v.Equal || len(v.Differences) > 0 || len(v.Skipped) > 0 || n != 4 {
		t.Errorf("%+v", v)
	}

	primary, replica = pair(t)
	primary.meanwhile = func(words []string) { n++; primary.write("s", text(fmt.Sprint(n))) }
	v := run(t, primary, replica)
	if !v.Equal || len(v.Skipped) != 1 || !strings.Contains(v.Skipped[0], "db0:s") {
		t.Errorf("%+v", v)
	}
}

// TestValueThatComesBack: a lock is there, gone, and there again with the same value. Whether the replica has it when it is
// asked is chance, and no difference.
func TestValueThatComesBack(t *testing.T) {
	ways(t, func(t *testing.T, primary, replica *double) {
		asked := 0
		replica.meanwhile = func(words []string) {
			if words[0] == "EVAL" || words[0] == "TYPE" {
				asked++
				delete(replica.dbs[0], "s")
				primary.write("s", primary.dbs[0]["s"])
				if asked > 40 { // enough of it: now both have it
					replica.write("s", primary.dbs[0]["s"])
				}
			}
		}
		if v := run(t, primary, replica); len(v.Differences) > 0 {
			t.Errorf("%+v", v)
		}
	})
}

// TestExpiriesOfOldServers: before 7.0 a replica counts from when it hears of an expiry.
func TestExpiriesOfOldServers(t *testing.T) {
	for apart, equal := range map[int64]bool{3000: true, 9000: false} {
		ways(t, func(t *testing.T, primary, replica *double) {
			primary.old, replica.old = true, true
			replica.dbs[0]["expires"] = replica.dbs[0]["expires"].ends(noon + 1000 + apart)
			v, err := Run(t.Context(), primary.server(), replica.server(), Options{Tolerance: 5e9}, func(int64, int64, string) {})
			if err != nil || v.Equal != equal {
				t.Errorf("%d ms apart: %+v, %v", apart, v, err)
			}
		})
	}
}

// TestModules: what a module made is not said to differ.
func TestModules(t *testing.T) {
	primary, replica := pair(t)
	replica.dbs[0]["module"] = value{kind: "module-1", v: []string{"another dump 0123456789"}}
	if v := run(t, primary, replica); !v.Equal || len(v.Skipped) != 1 || !strings.Contains(v.Skipped[0], "module-1") {
		t.Errorf("%+v", v)
	}
}

// TestReplicaThatStandsStill is compared as it stands, and its keys are walked.
func TestReplicaThatStandsStill(t *testing.T) {
	primary, replica := pair(t)
	replica.info = map[string]string{"role": "master", "master_repl_offset": "7"}
	replica.dbs[0]["extra"] = text("x")
	if v := run(t, primary, replica); v.Equal || len(v.Differences) != 1 || v.Differences[0].Object != "db0:extra" {
		t.Errorf("%+v", v)
	}
}

func TestManyDifferences(t *testing.T) {
	primary, replica := newDouble(t, "db1", map[string]value{}), newDouble(t, "db2", map[string]value{}).follows()
	for i := range mostSuspects + 5 { // more than are kept in mind
		primary.dbs[0][fmt.Sprintf("k%06d", i)] = text("x")
	}
	v := run(t, primary, replica)
	if v.Equal || len(v.Differences) != mostNamed || !slices.Contains(v.Skipped, fmt.Sprintf("%d more differences are not named", mostSuspects+5-mostNamed)) {
		t.Errorf("%d differences, %q", len(v.Differences), v.Skipped)
	}
}
