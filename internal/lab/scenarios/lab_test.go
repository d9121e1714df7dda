//go:build lab

package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// The lab itself: what every other scenario stands on.

func TestLabServersAreServersOfTheirOwn(t *testing.T) {
	l := labtest.Fresh(t)
	seen := map[string]string{}
	for _, server := range l.Servers() {
		if state := labtest.Exec(t, server, "systemctl is-system-running || systemctl --failed --no-legend"); state != "running" {
			t.Errorf("%s: systemd: %s", server, state)
		}
		own := map[string]string{"machine id": labtest.Exec(t, server, "cat /etc/machine-id")}
		keys, err := server.HostKeys(t.Context())
		if err != nil || len(keys) < 2 {
			t.Fatalf("%s: host keys %q, %v", server, keys, err)
		}
		own["host key"] = keys[0]
		if server.Kind.IsEngine() {
			own["identity of the database"] = identity(t, server)
		}
		for what, value := range own {
			if other, taken := seen[value]; taken || value == "" {
				t.Errorf("%s has the %s of %s: %q", server, what, other, value)
			}
			seen[value] = server.ID()
		}
	}
}

// identity is what tells a database from the others.
func identity(t *testing.T, server *lab.Server) string {
	t.Helper()
	switch server.Kind {
	case lab.Redis, lab.Valkey:
		return labtest.Exec(t, server, `"$1-cli" -a "$2" --no-auth-warning INFO server | grep ^run_id`, string(server.Kind), lab.Password)
	case lab.MySQL:
		return labtest.SQL(t, server, "SELECT @@server_uuid")
	case lab.MongoDB: // the UUID of what every mongod makes for itself
		var reply struct {
			Cursor struct {
				Batch []bson.Raw `bson:"firstBatch"`
			} `bson:"cursor"`
		}
		labtest.Mongo(t, server, "admin", bson.D{{Key: "listCollections", Value: 1}, {Key: "filter", Value: bson.D{{Key: "name", Value: "system.version"}}}}, &reply)
		return reply.Cursor.Batch[0].Lookup("info", "uuid").String()
	case lab.MariaDB: // it has none but the time at which its data was made
		return labtest.Exec(t, server, "stat -c %w /var/lib/mysql/ibdata1")
	}
	if clusters := labtest.Exec(t, server, "pg_lsclusters -h | awk '{print $2, $3, $4}'"); clusters != "main 5432 online" {
		t.Errorf("%s: clusters %q", server, clusters)
	}
	return labtest.PSQL(t, server, "SELECT system_identifier FROM pg_control_system()")
}

func TestLabLogins(t *testing.T) {
	db1 := labtest.Fresh(t, "shop/db1").Server("shop", "db1")
	const who = "id -un; sudo -n id -un"
	for _, test := range []struct{ user, command, want, err string }{
		{"root", who, "root\nroot", ""},
		{"deploy", who, "deploy\nroot", ""},
		{"fishy", "echo (id -un); sudo -n id -un", "fishy\nroot", ""}, // only fish reads this
		{"cshy", "echo $shell:t; sudo -n id -un", "csh\nroot", ""},    // only csh reads this
		{"noisy", who, "Welcome to this server!\nnoisy\nroot", ""},
		{"nosudo", who, "nosudo", "password is required"},
		{"asked", who, "asked", "password is required"},
	} {
		t.Run(test.user, func(t *testing.T) {
			out, err := db1.SSH(t.Context(), test.user, test.command)
			if out != test.want {
				t.Errorf("prints %q, want %q", out, test.want)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("ends with %v, want %q", err, test.err)
			}
		})
	}
}

func TestLabStreamsAndProvesIt(t *testing.T) {
	l := labtest.FreshSpec(t, forReplicas(), "shop/db1", "shop/db2", "shop/web1")
	db1, db2 := l.Server("shop", "db1"), l.Server("shop", "db2")
	labtest.Fill(t, db1, 20)
	writer := labtest.Writer(t, db1, lab.WriterOptions{From: l.Server("shop", "web1")})
	replicate(t, db1, db2)

	writes := labtest.NothingLost(t, writer, db1, db2)
	if writes.Acknowledged == 0 || writes.Refused != 0 || writes.P99 == 0 {
		t.Errorf("writer: %s %q", writes, writes.Errors)
	}
	same(t, db1, db2)

	// A proof must be able to fail.
	kit := labtest.KitOf(labtest.Engine())
	kit.Diverge(t, db1, db2)
	forget(t, db2)
	one, err := db1.Checksum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	two, err := db2.Checksum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var differ []string
	for object := range two {
		if one[object] != two[object] {
			differ = append(differ, object)
		}
	}
	// Some that were changed, one that is new, and the row of the writer; but not all.
	if len(differ) == 0 || len(differ) >= len(one) || !kit.Strayed(t, db2) || kit.Strayed(t, db1) {
		t.Errorf("of %d checksums these differ: %q", len(one), differ)
	}
	lost, err := writer.Lost(t.Context(), db2)
	if err != nil || !cmp.Equal(lost, []int64{1}) {
		t.Errorf("lost on db2: %v, %v; want 1", lost, err)
	}
}

// forget deletes the first row of a writer on a server that takes writes.
func forget(t *testing.T, server *lab.Server) {
	t.Helper()
	switch server.Kind {
	case lab.Redis, lab.Valkey:
		labtest.Cli(t, server, "DEL", "lab_writes:1")
	case lab.MariaDB, lab.MySQL:
		labtest.SQL(t, server, "DELETE FROM shop.lab_writes WHERE id = 1")
	case lab.MongoDB:
		labtest.Mongo(t, server, lab.Database, bson.D{{Key: "delete", Value: "lab_writes"}, {Key: "deletes", Value: bson.A{
			bson.D{{Key: "q", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "limit", Value: 1}},
		}}}, nil)
	default:
		labtest.PSQLIn(t, server, lab.Database, "DELETE FROM lab_writes WHERE id = 1")
	}
}

func TestLabWriterCountsRefusedWrites(t *testing.T) {
	db1 := labtest.Fresh(t, "shop/db1").Server("shop", "db1")
	writer := labtest.Writer(t, db1, lab.WriterOptions{})
	labtest.Systemctl(t, db1, "stop")
	labtest.Systemctl(t, db1, "start")
	if err := db1.WaitDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitForMore(t, writer)
	writes := labtest.NothingLost(t, writer, db1)
	if writes.Refused == 0 || writes.RefusedFor <= 0 || len(writes.Errors) == 0 {
		t.Errorf("a restart went unseen: %s", writes)
	}
}

func waitForMore(t *testing.T, writer *lab.Writer) {
	t.Helper()
	before := writer.Writes().Acknowledged
	for deadline := time.Now().Add(time.Minute); writer.Writes().Acknowledged <= before+10; {
		if time.Now().After(deadline) {
			t.Fatalf("nothing written for a minute: %q", writer.Writes().Errors)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
