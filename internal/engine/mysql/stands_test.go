package mysql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/replication"
)

// A server that is down tells by its own binary log how far it came.
func TestStandsScript(t *testing.T) {
	const mariaLog = `# at 256
#260101 12:00:00 server id 1  end_log_pos 299 CRC32 0x1 	Gtid list [0-1-4,
# 0-2-9,
# 3-1-7]
# at 299
#260101 12:00:00 server id 2  end_log_pos 341 CRC32 0x2 	GTID 0-2-10 ddl
CREATE TABLE t (
# 0-9-99
 i INT)
#260101 12:00:00 server id 2  end_log_pos 383 CRC32 0x3 	GTID 0-2-11 trans
`
	const mysqlLog = `#260101 12:00:00 server id 1  end_log_pos 157 CRC32 0x1 	Previous-GTIDs
# 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,
# 4e11fa47-71ca-11e1-9e33-c80aa9429562:1-2:7
# at 157
SET @@SESSION.GTID_NEXT= '3e11fa47-71ca-11e1-9e33-c80aa9429562:6'/*!*/;
SET @@SESSION.GTID_NEXT= '3e11fa47-71ca-11e1-9e33-c80aa9429562:7'/*!*/;
SET @@SESSION.GTID_NEXT= '3e11fa47-71ca-11e1-9e33-c80aa9429562:shop:1'/*!*/;
SET @@SESSION.GTID_NEXT= 'AUTOMATIC' /* added by mysqlbinlog */ /*!*/;
`
	closed := strings.Repeat("x", 21) + "\x00\x00"
	open := strings.Repeat("x", 21) + "\x01\x00"
	for name, c := range map[string]struct {
		files map[string]string
		tool  string // what it prints
		code  string
		log   string // the option log_bin
		want  []string
	}{
		"stopped": {map[string]string{"binlog.index": "./binlog.000001\n./binlog.000002\n", "binlog.000002": closed, "binlog.state": "0-1-4\n0-2-9\n"},
			"", "0", "binlog", []string{"0-1-4,0-2-9"}},
		"killed": {map[string]string{"binlog.index": "./binlog.000002\n", "binlog.000002": open, "binlog.state": "0-1-1\n"},
			mariaLog, "0", "binlog", []string{"0-1-4", "0-2-11", "3-1-7"}},
		"of an unusual name": {map[string]string{"my_log.index": "./my_log.000001\n", "my_log.000001": closed, "my_log.state": "0-1-4\n", "relay-bin.index": "x\n"},
			"", "0", "my_log.log", []string{"0-1-4"}},
		"of no name": {map[string]string{"relay-bin.index": "./r\n", "host-bin.index": "./host-bin.000001\n", "host-bin.000001": closed, "host-bin.state": "0-1-4\n"},
			"", "0", "", []string{"0-1-4"}},
		"MySQL": {map[string]string{"binlog.index": "./binlog.000002\n", "binlog.000002": closed}, mysqlLog, "0", "binlog", []string{
			"3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5", "4e11fa47-71ca-11e1-9e33-c80aa9429562:1-2:7",
			"3e11fa47-71ca-11e1-9e33-c80aa9429562:6-7", "3e11fa47-71ca-11e1-9e33-c80aa9429562:shop:1-1"}},
		"nothing came since the copy": {map[string]string{"binlog.index": "./binlog.000001\n", "binlog.000001": closed},
			"#260101 12:00:00 server id 1  end_log_pos 157 CRC32 0x1 	Previous-GTIDs\n# [empty]\n# at 157\n", "0", "binlog", []string{"-"}},
		"an empty state":      {map[string]string{"binlog.index": "./binlog.000001\n", "binlog.000001": closed, "binlog.state": ""}, "", "0", "binlog", []string{"-"}},
		"not read to its end": {map[string]string{"binlog.index": "./binlog.000002\n", "binlog.000002": open}, mysqlLog, "124", "binlog", nil},
		"without a log":       {map[string]string{"relay-bin.index": "./relay-bin.000001\n"}, mariaLog, "0", "", nil},
	} {
		y := replicatest.NewYard(t)
		y.Write("printed", c.tool)
		y.Tool("mariadb-binlog", "#!/bin/sh\ncat '"+y.Path("printed")+"'\nexit "+c.code+"\n")
		for file, text := range c.files {
			y.Write("data/"+file, text)
		}
		if err := y.Run(standsScript+"stands \"$1\" \"$2\" >\"$3\"", y.Path("data"), c.log, y.Path("out")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		joined := strings.TrimSpace(y.Read("out"))
		for _, part := range c.want {
			if !strings.Contains(","+joined+",", ","+part+",") {
				t.Errorf("%s: %q lacks %s", name, joined, part)
			}
		}
		if (joined == "") != (len(c.want) == 0) || strings.Contains(joined, "0-9-99") {
			t.Errorf("%s: %q", name, joined)
		}
	}
}

// TestWhatAStoppedReplicaLacks compares where its files say that it stands with where the primary's oldest log begins.
func TestWhatAStoppedReplicaLacks(t *testing.T) {
	for _, c := range []struct {
		first, state, begins string
		missing              bool
	}{
		{"0-1-10", "0-1-9", "0-1-5", true},
		{"0-1-10", "0-1-10", "0-1-5", false},
		{"0-1-10", "", "0-1-12", false}, // nothing came since the copy
		{"0-1-10", "", "0-1-5", true},
		{"0-1-10", "", "", false},             // nobody can tell
		{"0-1-10,7-1-3", "0-1-10", "", false}, // of domain 7 nobody can tell
		{"0-1-10,7-1-3", "0-1-10", "7-1-2", true},
	} {
		facts := pair(t, mariaDB, "mariadb-10.11", "stopped", "survey")
		p, r := nativeOf(facts[0]), nativeOf(facts[1])
		p.survey.FirstPos, r.BinlogState, r.Told = &c.first, c.state, true
		r.Notes.Written = `{"begins": "` + c.begins + `"}`
		if got := missing(facts[0], facts[1]); got != c.missing {
			t.Errorf("%+v: %v", c, got)
		}
		if r.Told = false; missing(facts[0], facts[1]) {
			t.Errorf("%+v: it is missing, of a replica that tells nothing", c)
		}
	}
}

// What came with the copy of a MySQL is in no binary log of its own.
func TestWhatAStoppedMySQLLacks(t *testing.T) {
	const id = "3e11fa47-71ca-11e1-9e33-c80aa9429562:"
	for _, c := range []struct {
		purged, executed, begins string
		missing                  bool
	}{
		{id + "1-40", id + "32-50", id + "1-31", false}, // the usual: logs from before the copy are purged
		{id + "1-40", "", id + "1-40", false},           // nothing came since
		{id + "1-41", "", id + "1-40", true},
		{id + "1-60", id + "32-50", id + "1-31", true},
		{id + "1-40", id + "32-50", "", false}, // nobody can tell
	} {
		p, r := &native{flavour: mySQL, Purged: c.purged}, &native{flavour: mySQL, Executed: c.executed, Told: true}
		r.Notes.Written = `{"begins": "` + c.begins + `"}`
		if got := missing(replication.Facts{Running: true, Native: p}, replication.Facts{Native: r}); got != c.missing {
			t.Errorf("%+v: %v", c, got)
		}
		if r.Told = false; missing(replication.Facts{Running: true, Native: p}, replication.Facts{Native: r}) {
			t.Errorf("%+v: it is missing, of a replica that tells nothing", c)
		}
	}
}
