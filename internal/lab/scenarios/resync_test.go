//go:build lab

package scenarios

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Resync takes the cheapest way that works, and says which; undo takes it back.

var resync = []string{"db", "replicate", "resync", shop}

// unit is what the shell calls the service of the server's cluster.
const unit = `unit=postgresql@$(ls /etc/postgresql | head -n 1)-main.service; `

// state is how status calls the replica db2.
func (w *world) state() string {
	w.t.Helper()
	r := w.belt.Status(w.t, shop).Database(w.t, shop).Replica("db2")
	if r == nil {
		return "none"
	}
	return r.State
}

// ails fails the test unless status finds db2 in that state and knows what mends it.
func (w *world) ails(state string) {
	w.t.Helper()
	s := w.belt.Status(w.t, shop, 6)
	r := s.Database(w.t, shop).Replica("db2")
	if r == nil || r.State != state || r.Problem == "" || !strings.Contains(r.Fix, "resync") {
		w.t.Errorf("want a replica that is %s, with its problem and what mends it: %s", state, s.Ended)
	}
	if r != nil && state == "stopped" && (r.LagBytes != nil || r.LagSeconds != nil) {
		w.t.Errorf("a stopped replica has a lag: %s", r)
	}
}

// mends fails the test unless resync says in advance that it takes the way, takes it, and ends with a replica that is
// equal to its primary.
func (w *world) mends(writer *lab.Writer, method string) labtest.Result {
	w.t.Helper()
	plan := w.belt.Plan(w.t, 0, resync...)
	if notes := strings.Join(plan.Notes, "\n"); !strings.Contains(notes, "db2: "+method+", because") {
		w.t.Errorf("want the plan to say %q: %s", method, notes)
	}
	r := w.belt.Do(w.t, 0, append(resync, "--if-needed")...)
	if !r.Changed {
		w.t.Errorf("nothing was mended: %s", r.Ended)
	}
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
	return r
}

func TestResync(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	w.enable("--replica", "db2")

	t.Run("healthy", func(t *testing.T) {
		ended := w.belt.Run(t, append(resync, "--if-needed")...).Want(t, 0)
		if ended.Stdout+ended.Stderr != "" {
			t.Errorf("not silent: %s", ended)
		}
		if r := w.belt.Do(t, 0, resync...); r.Changed {
			t.Errorf("%s", r.Ended)
		}
	})

	t.Run("stopped", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		labtest.Exec(t, w.db2, unit+"systemctl stop $unit")
		w.ails("stopped")
		r := w.mends(writer, "restart")
		if s := r.Step("restart"); s.Status != "done" {
			t.Errorf("%s", r.Ended)
		}
	})

	t.Run("promoted and written", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		w.diverge()
		w.ails("diverged")
		r := w.mends(writer, "rewind")
		w.rewound(r)
	})

	t.Run("promoted, written and killed", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		w.diverge()
		labtest.Exec(t, w.db2, "pkill -9 -x postgres; while pgrep -x postgres >/dev/null; do sleep 0.1; done")
		w.ails("stopped")
		r := w.mends(writer, "rewind")
		w.rewound(r)
	})

	t.Run("killed", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		labtest.Exec(t, w.db2, "pkill -9 -x postgres; while pgrep -x postgres >/dev/null; do sleep 0.1; done")
		w.ails("stopped")
		w.mends(writer, "restart")
	})

	t.Run("WAL gone", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		labtest.Exec(t, w.db2, unit+"systemctl stop $unit")
		w.loseWAL()
		r := w.mends(writer, "full")
		if s := r.Step("seed"); s.Status != "done" {
			t.Errorf("%s", r.Ended)
		}
	})

	for _, damage := range []struct{ name, onReplica, onPrimary string }{
		{"its connection is wrong", `sed -i "s/^primary_conninfo.*/primary_conninfo = 'host=192.0.2.1 user=nobody connect_timeout=3'/" /var/lib/postgresql/*/main/postgresql.auto.conf; ` + unit + `systemctl restart $unit`, ""},
		{"its password is wrong", "", `ALTER ROLE belt_shop_db2 PASSWORD 'other'; SELECT pg_terminate_backend(pid) FROM pg_stat_replication`},
		{"its role is gone", "", `SELECT pg_terminate_backend(pid) FROM pg_stat_replication; DROP ROLE belt_shop_db2`},
		{"its rule is gone", "", "hba"},
		{"its password file is gone", `find /var/lib/belt -name '*.pgpass' -delete; ` + unit + `systemctl restart $unit`, ""},
	} {
		t.Run(damage.name, func(t *testing.T) {
			w := w.on(t)
			writer := w.writer()
			switch damage.onPrimary {
			case "":
			case "hba":
				labtest.Exec(t, w.db1, `sed -i '/belt/d' /etc/postgresql/*/main/pg_hba.conf; `+unit+`systemctl reload $unit`)
				labtest.PSQL(t, w.db1, "SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
			default:
				labtest.PSQL(t, w.db1, damage.onPrimary)
			}
			if damage.onReplica != "" {
				labtest.Exec(t, w.db2, damage.onReplica)
			}
			w.ails("broken")
			w.mends(writer, "restart")
		})
	}

	t.Run("by a method that was asked for", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		r := w.belt.Do(t, 0, append(resync, "--method", "full")...)
		if s := r.Step("seed"); s.Status != "done" {
			t.Errorf("%s", r.Ended)
		}
		w.follows(shop, "db2")
		w.proven(writer, w.db2)
	})

	t.Run("after all of this", func(t *testing.T) {
		w := w.on(t)
		w.belt.Do(t, 0, "db", "replicate", "cleanup", shop)
		w.belt.Do(t, 0, "db", "replicate", "disable", shop)
		w.standsAlone(w.db2)
	})
}

// diverge promotes db2 by accident, and has it written to.
func (w *world) diverge() {
	w.t.Helper()
	if err := w.db1.WaitReplayed(w.t.Context(), w.db2); err != nil {
		w.t.Fatal(err)
	}
	labtest.PSQL(w.t, w.db2, "SELECT pg_promote()")
	labtest.PSQLIn(w.t, w.db2, "shop", `
		UPDATE pgbench_accounts SET abalance = 4711 WHERE aid % 1000 = 7;
		CREATE TABLE strayed AS SELECT generate_series(1, 1000) AS id;`)
}

// loseWAL has the primary give up the WAL that db2, which is stopped, would need.
func (w *world) loseWAL() {
	w.t.Helper()
	was := labtest.PSQL(w.t, w.db1, "SHOW max_slot_wal_keep_size")
	labtest.PSQL(w.t, w.db1, "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
	labtest.PSQL(w.t, w.db1, "SELECT pg_reload_conf()")
	eventually(w.t, "the slot has lost its WAL", func() bool {
		labtest.PSQL(w.t, w.db1, "SELECT pg_switch_wal()")
		labtest.PSQL(w.t, w.db1, "CHECKPOINT")
		return labtest.PSQL(w.t, w.db1, "SELECT wal_status FROM pg_replication_slots") == "lost"
	})
	labtest.PSQL(w.t, w.db1, "ALTER SYSTEM SET max_slot_wal_keep_size = '"+was+"'")
	labtest.PSQL(w.t, w.db1, "SELECT pg_reload_conf()")
}

// rewound fails the test unless pg_rewind did it, and not a copy.
func (w *world) rewound(r labtest.Result) {
	w.t.Helper()
	if s := r.Step("rewind"); s.Status != "done" {
		w.t.Errorf("no rewind: %s", r.Ended)
	}
	if strings.Contains(r.Ended.Stderr, "copying it whole") || !strings.Contains(r.Ended.Stderr, `"note":"rewound"`) {
		w.t.Errorf("it was copied rather than rewound: %s", r.Ended)
	}
}

func TestUndo(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	undo := []string{"db", "replicate", "undo", shop, "--replica", "db2"}
	own, inventory := checksum(t, w.db2), w.readsInventory()
	before := labtest.StateOf(t, w.db1, w.db2)

	t.Run("after enable", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		w.enable("--replica", "db2")
		w.follows(shop, "db2")
		if r := w.belt.Do(t, 0, undo...); !r.Changed {
			t.Errorf("%s", r.Ended)
		}
		if diff := cmp.Diff(own, checksum(t, w.db2)); diff != "" {
			t.Errorf("db2's old data: %s", diff)
		}
		before.Unchanged(t, labtest.StateOf(t, w.db1, w.db2), labtest.Journal)
		w.follows(shop)
		w.variables(w.web1, map[string]string{"POSTGRESQL_SLAVE_ADDRESSES": ""})
		if got := w.readsInventory(); got != inventory {
			t.Errorf("belt.yaml: %s", cmp.Diff(inventory, got))
		}
		if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused != 0 {
			t.Errorf("writes were refused: %s", writes)
		}
		w.belt.Do(t, 3, undo...) // nothing is kept any more
	})

	t.Run("after resync", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		w.enable("--replica", "db2")
		w.belt.Do(t, 0, "db", "replicate", "cleanup", shop)
		w.diverge()
		w.belt.Do(t, 0, resync...)
		w.follows(shop, "db2")
		if r := w.belt.Do(t, 0, undo...); !r.Changed {
			t.Errorf("%s", r.Ended)
		}
		if rows := labtest.PSQLIn(t, w.db2, "shop", "SELECT count(*) FROM strayed"); rows != "1000" {
			t.Errorf("what db2 had written itself: %s rows", rows)
		}
		w.ails("diverged")
		w.belt.Do(t, 0, resync...)
		w.follows(shop, "db2")
		w.proven(writer, w.db2)
	})

	t.Run("not after cleanup", func(t *testing.T) {
		w := w.on(t)
		if r := w.belt.Do(t, 0, "db", "replicate", "cleanup", shop); !r.Changed {
			t.Errorf("%s", r.Ended)
		}
		if left := labtest.Exec(t, w.db2, "ls -d /var/lib/postgresql/*/main.* 2>/dev/null || :"); left != "" {
			t.Errorf("cleanup left %s", left)
		}
		w.belt.Do(t, 3, undo...)
		w.follows(shop, "db2")
	})
}

func TestResyncKilled(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2")
	w.enable("--replica", "db2")
	for _, way := range []struct {
		method string
		points []crashPoint
	}{
		{"rewind", []crashPoint{{step: "begin.db2", kind: "done"}, {step: "grant.db2", kind: "done"}, {step: "rewind.db2", kind: "started"}, {step: "rewind.db2", kind: "done"}, {step: "swap.db2", kind: "started"}, {step: "swap.db2", kind: "done"}, {step: "start.db2", kind: "started"}}},
		{"full", []crashPoint{{step: "seed.db2", kind: "started"}, {step: "seed.db2", kind: "done"}, {step: "swap.db2", kind: "started"}, {step: "start.db2", kind: "started"}, {step: "prove.db2", kind: "done"}}},
	} {
		for i, p := range way.points {
			t.Run(way.method+" "+p.String(), func(t *testing.T) {
				w := w.on(t)
				writer := w.writer()
				w.diverge()
				if !w.crash(p, append(resync, "--method", way.method)...) {
					t.Fatalf("never %s", p)
				}
				if s := w.belt.Status(t, shop); s.Ended.Code == 0 && w.state() != "streaming" {
					t.Errorf("status finds nothing: %s", s.Ended)
				}
				if i%3 == 2 {
					w.belt.Do(t, 0, "db", "replicate", "disable", shop, "--replica", "db2")
					w.standsAlone(w.db2)
					w.apart(w.db1)
					w.enable("--replica", "db2")
				} else {
					w.belt.Do(t, 0, append(resync, "--method", way.method)...)
				}
				w.follows(shop, "db2")
				w.proven(writer, w.db2)
				w.belt.Do(t, 0, "db", "replicate", "cleanup", shop)
			})
		}
	}
}
