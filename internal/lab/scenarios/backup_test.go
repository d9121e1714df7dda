//go:build lab

package scenarios

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Backups, from the primary and from a replica, proven and restored; encrypted.

func TestBackup(t *testing.T) {
	backsUp(t)
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	spec.Servers = slices.DeleteFunc(spec.Servers, func(s lab.ServerSpec) bool { return s.App != "shop" || s.Kind == lab.Web })
	w := worldOf(t, spec, 20, "shop/db1", "shop/db2")
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	identity := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(identity, []byte(key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.amend("    databases:\n", "    backups: {server: db2, directory: /var/backups/belt, keep: 2, recipient: "+key.Recipient().String()+", identity_file: "+identity+"}\n    databases:\n")

	writer := w.writer()
	// From the primary, to another server.
	first := taken(t, w, "primary", "db1")
	if kept := labtest.Exec(t, w.db2, "head -c 18 /var/backups/belt/shop/*/"+first+"/data"); kept != "age-encryption.org" {
		t.Errorf("it is not encrypted: %q", kept)
	}
	tried(t, w, "--server", "db1")
	writes := labtest.NothingLost(t, writer, w.db1)
	if writes.Refused != 0 {
		t.Errorf("the backup refused writes: %s", writes)
	}
	before := checksum(t, w.db1)

	// From a replica, within one server.
	w.enable("--replica", "db2")
	w.belt.Do(t, 0, "db", "replicate", "wait", shop)
	second := taken(t, w, "replica", "db2")
	tried(t, w)
	refused := w.belt.Do(t, 3, "db", "backup", "restore", shop, "--server", "db2")
	if !strings.Contains(refused.Error, "replica") {
		t.Errorf("%s", refused.Ended)
	}
	w.follows(shop, "db2")

	// Into a server of its own, whose data is kept.
	w.belt.Do(t, 0, "db", "replicate", "disable", shop)
	w.ownData(w.db2)
	w.belt.Do(t, 0, "db", "backup", "restore", shop, "--server", "db2", "--backup", second)
	after := checksum(t, w.db2)
	for object, sum := range before {
		if after[object] != sum && !strings.HasSuffix(object, lab.UUIDs) {
			t.Errorf("restored: %s is %s, and was %s", object, after[object], sum)
		}
	}
	if w.HasOwnData(t, w.db2) {
		t.Error("what was there before is still there")
	}
	if len(w.Kept(t, w.db2)) == 0 {
		t.Error("the old data is not kept")
	}
	w.Written(t, w.db2)

	// Into the primary, and back again.
	w.ownData(w.db1)
	w.belt.Do(t, 0, "db", "backup", "restore", shop, "--server", "db1", "--backup", second)
	if w.HasOwnData(t, w.db1) || !w.Filled(t, w.db1) {
		t.Error("db1 has not what the backup has")
	}
	w.follows(shop)
	w.belt.Do(t, 0, "db", "replicate", "undo", shop, "--replica", "db1")
	if !w.HasOwnData(t, w.db1) {
		t.Error("undo did not bring back what db1 had")
	}
	w.follows(shop)

	// A backup that was changed is found out, and nothing is left of the attempt.
	labtest.Exec(t, w.db2, `f=$(ls -d /var/backups/belt/shop/*/"$1"/data); printf x | dd of="$f" bs=1 seek=100000 conv=notrunc 2>/dev/null`, second)
	bad := w.belt.Run(t, "db", "backup", "verify", shop, "-o", "json", "--backup", second).Want(t, 6)
	if !strings.Contains(bad.Stdout+bad.Stderr, "hash") {
		t.Errorf("%s", bad)
	}
	w.belt.Do(t, 1, "db", "backup", "restore", shop, "--server", "db2", "--backup", second)
	if again := checksum(t, w.db2); len(again) != len(after) {
		t.Errorf("after a restore that failed: %d objects, want %d", len(again), len(after))
	}
	// Two are kept.
	third := taken(t, w, "primary", "db1")
	if ids := listed(t, w); !slices.Equal(ids, []string{second, third}) {
		t.Errorf("kept: %q, want %q", ids, []string{second, third})
	}
	file := filepath.Join(t.TempDir(), "here")
	w.belt.Do(t, 0, "db", "backup", "download", shop, "--to", file)
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
	w.belt.Do(t, 0, "db", "backup", "create", shop, "--to", file+".2")
	for _, s := range []*lab.Server{w.db1, w.db2} {
		if left := labtest.Exec(t, s, "ls -d /var/lib/*/*.belt-verify /var/lib/*.belt-verify /var/lib/*/*/*.belt-verify 2>/dev/null; ls /var/lib/belt/jobs 2>/dev/null || :"); left != "" {
			t.Errorf("%s: left: %s", s, left)
		}
	}
}

// taken takes a backup and returns its id.
func taken(t *testing.T, w *world, role, from string) string {
	t.Helper()
	ended := w.belt.Run(t, "db", "backup", "create", shop, "-o", "json").Want(t, 0)
	var doc struct {
		Backup struct {
			ID       string `json:"id"`
			Source   string `json:"source"`
			Role     string `json:"role"`
			Position string `json:"position"`
			Bytes    int64  `json:"bytes"`
		} `json:"backup"`
	}
	if err := json.Unmarshal([]byte(ended.Stdout), &doc); err != nil {
		t.Fatal(err)
	}
	b := doc.Backup
	if b.Source != from || b.Role != role || b.Position == "" || b.Bytes == 0 {
		t.Errorf("want a backup from the %s %s: %s", role, from, ended)
	}
	t.Logf("backup %s: %d bytes at %s", b.ID, b.Bytes, b.Position)
	return b.ID
}

// tried proves the newest backup.
func tried(t *testing.T, w *world, args ...string) {
	t.Helper()
	ended := w.belt.Run(t, append([]string{"db", "backup", "verify", shop, "-o", "json"}, args...)...).Want(t, 0)
	var doc struct {
		OK    bool              `json:"ok"`
		Found map[string]string `json:"found"`
	}
	if err := json.Unmarshal([]byte(ended.Stdout), &doc); err != nil || !doc.OK || len(doc.Found) < 2 {
		t.Errorf("%v: %s", err, ended)
	}
	t.Logf("found %v", doc.Found)
}

// backsUp skips a scenario where the servers have not what backups are made by.
func backsUp(t *testing.T) {
	t.Helper()
	if m := lab.Mongod(); labtest.Engine() == lab.MongoDB && m != "" && !lab.IsStandIn(t.Context(), m) && len(lab.MongoTools()) == 0 {
		t.Skipf("%s NOT RUN: beside %s there are no mongodump and mongorestore", t.Name(), m)
	}
}

func listed(t *testing.T, w *world) (ids []string) {
	t.Helper()
	ended := w.belt.Run(t, "db", "backup", "list", shop, "-o", "json").Want(t, 0)
	var doc struct {
		Backups []struct {
			ID string `json:"id"`
		} `json:"backups"`
	}
	if err := json.Unmarshal([]byte(ended.Stdout), &doc); err != nil {
		t.Fatal(err)
	}
	for _, b := range doc.Backups {
		ids = append(ids, b.ID)
	}
	return ids
}

// A backup that is being taken blocks nothing: what mends the replica that it is taken from ends it, and says so.
func TestBackupGivesWay(t *testing.T) {
	backsUp(t)
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	spec.Servers = slices.DeleteFunc(spec.Servers, func(s lab.ServerSpec) bool { return s.App != "shop" || s.Kind == lab.Web })
	w := worldOf(t, spec, 40, "shop/db1", "shop/db2")
	w.amend("    databases:\n", "    backups: {server: db1, directory: /var/backups/belt}\n    databases:\n")
	w.enable("--replica", "db2")
	w.belt.Do(t, 0, "db", "replicate", "wait", shop)
	p := w.belt.Start(t, "db", "backup", "create", shop, "--max-rate", "50KB", "-o", "json")
	p.AwaitStep("progress", "backup")
	r := w.belt.Run(t, "db", "replicate", "resync", shop, "--method", "full", "-o", "json", "--yes").Want(t, 0)
	if !strings.Contains(r.Stderr, "is ended: db replicate resync matters more") {
		t.Errorf("%s", r)
	}
	ended := p.Result(1)
	if !strings.Contains(ended.Error, "stopped") {
		t.Errorf("%s", ended.Ended)
	}
	w.follows(shop, "db2")
	if ids := listed(t, w); len(ids) > 0 {
		t.Errorf("there is a backup: %q", ids)
	}
	if labtest.Engine() == lab.PostgreSQL {
		if slots := labtest.PSQL(t, w.db2, "SELECT slot_name FROM pg_replication_slots"); slots != "" {
			t.Errorf("db2 has the slot %s", slots)
		}
	}
}
