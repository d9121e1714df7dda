package mongodb

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/replication"
)

func TestBackupScripts(t *testing.T) {
	b := newBench(t)
	docs := bson.A{}
	for i := range 3000 {
		docs = append(docs, bson.D{{Key: "_id", Value: int32(i)}, {Key: "says", Value: "x"}})
	}
	b.do("shop", bson.D{{Key: "insert", Value: "orders"}, {Key: "documents", Value: docs}})
	b.do("shop", bson.D{{Key: "insert", Value: "one (of a kind)"}, {Key: "documents", Value: docs[:1]}})

	tool, err := New().Backup(b.facts)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range tool.Secrets {
		b.Write("files/"+name, string(secret))
	}
	archive, err := b.run(tool.Script, nil, tool.Args...)
	if err != nil || len(archive) < 3000 {
		t.Fatalf("%d bytes, %v", len(archive), err)
	}

	into, err := New().Rebuild(b.facts, tool.Method)
	if err != nil {
		t.Fatal(err)
	}
	folder := b.Path("data.belt-verify")
	b.Write("data.belt-verify/left", "of another run")
	if _, err := b.run(into.Extract, []byte(archive), append([]string{folder}, into.ExtractArgs...)...); err != nil {
		t.Fatal(err)
	}
	if b.Read("data.belt-verify/left") != "(none)" {
		t.Error("what was left in the folder is there")
	}
	found, err := b.run(into.Check, nil, append([]string{folder}, into.CheckArgs...)...)
	// admin has an account, two keys and its version, config no sessions.
	want := "version=4.4.6\ndatabases=1\ncollections=4\ndocuments=3003\n"
	if err != nil || found != want {
		t.Errorf("found %q, %v; want %q", found, err, want)
	}
	if left, err := filepath.Glob("/tmp/belt-*/mongod.sock"); err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}

	// A cut stream makes no folder that is taken for a whole one, and mongod's own words are told where it does not start.
	if _, err := b.run(into.Extract, []byte(archive[:len(archive)/2]), append([]string{folder}, into.ExtractArgs...)...); err == nil || !strings.Contains(err.Error(), "too early") {
		t.Errorf("half an archive: %v", err)
	}
	if _, err := b.run(into.Check, nil, folder, b.Path("bin/mongod"), "--nosuchoption"); err == nil || !strings.Contains(err.Error(), "nosuchoption") || !strings.Contains(err.Error(), "does not start") {
		t.Errorf("an option that mongod does not know: %v", err)
	}
	// A login that is refused ends the backup.
	b.Write("files/mongodump.yaml", "password: \"wrong\"\n")
	if _, err := b.run(tool.Script, nil, tool.Args...); err == nil || !strings.Contains(err.Error(), "AuthenticationFailed") {
		t.Errorf("a wrong password: %v", err)
	}
}

// The set's key is the password where belt.yaml names no account; it is in no argument.
func TestBackupWithTheKeyfile(t *testing.T) {
	for name, text := range map[string]string{
		"one": "c2Vj\ncmV0 a2V5\n", "several": "- c2VjcmV0a2V5\n- b3RoZXI=\n", "quoted": "- \"c2VjcmV0a2V5\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			y := replicatest.NewYard(t)
			y.Tool("mongodump", `#!/bin/sh
for a; do
	echo "$a" >>`+y.Path("arguments")+`
	case $a in --config=*) stat -c %a "${a#--config=}" >`+y.Path("mode")+`; cat "${a#--config=}" >`+y.Path("password")+" ;; esac\ndone\necho archive\nexit 3\n")
			y.Write("key", text)
			f := replication.Facts{Node: replication.Node{Label: "db1"}, Native: &native{
				place: place{Port: 27017}, Config: &setConfig{}, Options: map[string]string{keyFileSetting: y.Path("key")}, survey: &survey{Tools: "100.9.4"},
			}}
			tool, err := New().Backup(f)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			_, err = remotetest.Local{Env: append(y.Env, "BELT_FILES="+y.Path("files"), "TMPDIR="+y.Path(""))}.Run(t.Context(), remote.Command{Title: "back up", Script: tool.Script, Args: tool.Args, Stdout: &out})
			if code := exitOf(err); code != 3 || out.String() != "archive\n" {
				t.Errorf("exit code %d, %q: its own is to be told", code, out.String())
			}
			if got := y.Read("password"); got != "password: \"c2VjcmV0a2V5\"\n" || y.Read("mode") != "600\n" {
				t.Errorf("the file has %q, mode %q", got, y.Read("mode"))
			}
			args := y.Read("arguments")
			if strings.Contains(args, "c2Vj") || !strings.Contains(args, "--username=__system\n--authenticationDatabase=local\n") || !strings.Contains(args, "--oplog\n") {
				t.Errorf("arguments\n%s", args)
			}
			if left, err := filepath.Glob(y.Path("tmp.*")); err != nil || len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

func exitOf(err error) int {
	if e, ok := err.(*remote.ExitError); ok {
		return e.Code
	}
	return -1
}

func TestWhatIsNotBackedUp(t *testing.T) {
	s := enabled(t, commandEnable, "db2")
	facts := func() replication.Facts { return s.facts(replication.Survey)[1] }
	if tool, err := New().Backup(facts()); err != nil || tool.Args[0] != strconv.Itoa(defaultPort) || tool.Bytes == 0 {
		t.Errorf("%+v, %v", tool, err)
	}
	refused := func(what, why, hint string) {
		t.Helper()
		_, err := New().Backup(facts())
		u, ok := err.(*unable)
		if !ok || !strings.Contains(u.text, why) || !strings.Contains(u.fix, hint) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.target().Tools = ""
	refused("no tools", "no mongodump and no mongorestore", "mongodb-database-tools")
	if _, err := New().Rebuild(facts(), methodDump); err == nil {
		t.Error("without tools nothing can be rebuilt")
	}
	s.target().Tools = "100.2.1"
	refused("old tools", "100.2.1", "newer")
	s.target().Tools = "100.10.0"
	s.target().Conf(func(text string) string { return strings.Replace(text, "  replSetName: rs0\n", "", 1) })
	refused("a standalone", "no oplog", "belt db replicate enable")

	other := mongotest.New(t, "4.4.6").Add("shop", "db1")
	f := (&Engine{}).Inspect(t.Context(), other.Node("shop"), replication.Survey)
	if _, err := New().Rebuild(f, "mongo-snapshot"); err == nil {
		t.Error("a method that nobody knows")
	}
}
