//go:build lab

package scenarios

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// The databases of the two apps, of the engine under test.
var (
	shop   = "shop/" + string(labtest.Engine())
	shopEU = "shop-eu/" + string(labtest.Engine())
)

// world is a lab with data on the primary of shop, the program, and what most scenarios do with them.
type world struct {
	*lab.Lab
	labtest.Kit
	t    *testing.T
	belt *labtest.CLI

	db1, db2 *lab.Server // of shop
	web1     *lab.Server // of shop; nil where the scenario does not ask for it
}

// newWorld is a world of the servers named, with about mb megabytes in db1's database.
func newWorld(t *testing.T, mb int, ids ...string) *world {
	t.Helper()
	return worldOf(t, lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir()), mb, ids...)
}

func worldOf(t *testing.T, spec lab.Spec, mb int, ids ...string) *world {
	t.Helper()
	l := labtest.FreshSpec(t, spec, ids...)
	w := &world{Lab: l, Kit: labtest.KitOf(labtest.Engine()), t: t, belt: labtest.Belt(t, l), db1: l.Server("shop", "db1")}
	if slices.Contains(ids, "shop/db2") {
		w.db2 = l.Server("shop", "db2")
	}
	if slices.Contains(ids, "shop/web1") {
		w.web1 = l.Server("shop", "web1")
	}
	labtest.Fill(t, w.db1, mb)
	return w
}

// specWith is the standard lab with one server that is different.
func specWith(app, name string, change func(*lab.ServerSpec)) lab.Spec {
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	for i := range spec.Servers {
		if s := &spec.Servers[i]; s.App == app && s.Name == name {
			change(s)
		}
	}
	return spec
}

// on is the world at the hands of a subtest.
func (w *world) on(t *testing.T) *world {
	other := *w
	other.t = t
	return &other
}

// ownData gives a server data of its own, which a replica of db1 would not have.
func (w *world) ownData(server *lab.Server) {
	w.t.Helper()
	w.OwnData(w.t, server)
}

func (w *world) enable(args ...string) labtest.Result {
	w.t.Helper()
	return w.belt.Do(w.t, 0, append([]string{"db", "replicate", "enable", shop}, args...)...)
}

// writer writes to db1, as the application on web1 does where there is one.
func (w *world) writer() *lab.Writer {
	w.t.Helper()
	return labtest.Writer(w.t, w.db1, lab.WriterOptions{From: w.web1})
}

// proven stops the writer and fails the test unless no write was refused or lost and the replicas are equal to db1.
func (w *world) proven(writer *lab.Writer, replicas ...*lab.Server) {
	w.t.Helper()
	writes := labtest.NothingLost(w.t, writer, w.db1, replicas...)
	if writes.Refused != 0 {
		w.t.Errorf("writes were refused: %s: %q", writes, writes.Errors)
	}
	labtest.Same(w.t, w.db1, replicas...)
}

// follows fails the test unless status shows that exactly these replicas stream, and nothing is left over.
func (w *world) follows(target string, replicas ...string) labtest.Database {
	w.t.Helper()
	s := w.belt.Status(w.t, target, 0)
	d := s.Database(w.t, target)
	var names []string
	for i := range d.Replicas {
		r := &d.Replicas[i]
		names = append(names, r.Server)
		if r.State != "streaming" || r.Writable || r.LagBytes == nil || r.LagSeconds == nil || r.Position == "" {
			w.t.Errorf("want %s to stream: %s", r.Server, s.Ended)
		}
	}
	if !slices.Equal(names, replicas) || len(d.Leftovers) > 0 || len(d.Problems) > 0 || !d.Primary.Writable {
		w.t.Errorf("want the replicas %q and no left-overs: %s", replicas, s.Ended)
	}
	return d
}

// apart fails the test unless the server has nothing left of a replica.
func (w *world) apart(server *lab.Server) {
	w.t.Helper()
	if left := w.Left(w.t, server); len(left) > 0 {
		w.t.Errorf("%s: left over: %q", server, left)
	}
}

// standsAlone fails the test unless the server is no replica, takes writes, and has nothing left of having been one.
func (w *world) standsAlone(server *lab.Server) {
	w.t.Helper()
	w.Written(w.t, server)
	w.apart(server)
}

// parted fails the test unless db1, which has lost its last replica, is as before it had any, but for what has to be otherwise.
func (w *world) parted(before labtest.State) {
	w.t.Helper()
	changed, is := w.Parted(w.t, w.db1)
	if !is {
		w.t.Error("db1 is not as one that is left without replicas has to be")
	}
	before.Unchanged(w.t, labtest.StateOf(w.t, w.db1), append(changed, labtest.Journal)...)
}

// readsInventory is the inventory as it is now.
func (w *world) readsInventory() string {
	w.t.Helper()
	text, err := os.ReadFile(w.Inventory())
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// amend replaces a text of the inventory, which has to be there.
func (w *world) amend(old, new string) {
	w.t.Helper()
	text := w.readsInventory()
	if !strings.Contains(text, old) {
		w.t.Fatalf("the inventory has no %q:\n%s", old, text)
	}
	if err := os.WriteFile(w.Inventory(), []byte(strings.Replace(text, old, new, 1)), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// variables fails the test unless the app server reads these values, named without the engine's prefix.
func (w *world) variables(server *lab.Server, want map[string]string) {
	w.t.Helper()
	if w.Variables().Set {
		want = w.ofSet(want)
	}
	got := map[string]string{}
	for name, value := range labtest.Env(w.t, server) {
		if name, ours := strings.CutPrefix(name, w.Variables().Prefix+"_"); ours {
			if _, asked := want[name]; asked {
				got[name] = value
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
		w.t.Errorf("%s: variables (-want +got):\n%s", server, diff)
	}
}

// ofSet are the same variables of a database whose clients read one list, of all members.
func (w *world) ofSet(want map[string]string) map[string]string {
	out, primary := map[string]string{}, w.db1.Internal.String()
	if other, promoted := want["ADDRESS"]; promoted {
		primary = other
	}
	for name, value := range want {
		switch name {
		case "SLAVE_ADDRESSES":
			out["ADDRESSES"] = strings.TrimSuffix(primary+","+value, ",")
		case "SLAVE_ADDRESSES_INT", "SLAVE_ADDRESSES_EXT":
		default:
			out[name] = value
		}
	}
	return out
}

// checksum is Server.Checksum that fails the test.
func checksum(t *testing.T, server *lab.Server) map[string]string {
	t.Helper()
	sums, err := server.Checksum(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// only skips a scenario that is about another engine than the one under test.
func only(t *testing.T, engines ...lab.Kind) {
	t.Helper()
	if !slices.Contains(engines, labtest.Engine()) {
		t.Skipf("about %v", engines)
	}
}
