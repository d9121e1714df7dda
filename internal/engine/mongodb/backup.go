package mongodb

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

//go:embed scripts/backup.sh
var backupScript string

// methodDump is an archive of mongodump with the oplog of the time that it took.
const methodDump = "mongodump"

// unable is why a server's data cannot be backed up or restored there, with the next step for the user.
type unable struct{ text, fix string }

func (e *unable) Error() string { return e.text }

// Hint is the next step for the user.
func (e *unable) Hint() string { return e.fix }

// Backup streams an archive. mongodump reads documents while they change; the oplog of that time, which is replayed after
// them, makes all of them of one moment: that of the dump's end. A standalone has no oplog.
func (e *Engine) Backup(source replication.Facts) (replication.BackupTool, error) {
	n, label := nativeOf(source), source.Node.Label
	if err := tools(source); err != nil {
		return replication.BackupTool{}, err
	}
	switch {
	case !n.inSet():
		return replication.BackupTool{}, &unable{
			label + ": a standalone has no oplog, and without one what mongodump reads is of no one moment",
			"make it a set: belt db replicate enable does; or give mongod.conf a replSetName and say rs.initiate()",
		}
	case n.survey != nil && n.survey.Sharded || n.option("sharding.clusterRole") != "":
		return replication.BackupTool{}, &unable{label + ": a shard by itself is no copy of its cluster at one moment", "use the cluster's own backup"}
	}
	tool := replication.BackupTool{
		Method: methodDump, Script: backupScript, Secrets: map[string][]byte{},
		Commands: []string{"mongodump --port=" + strconv.Itoa(n.Port) + " --oplog --archive"},
	}
	if n.survey != nil {
		tool.Bytes = n.survey.DataBytes
	}
	user, database, keyFile := "", "", ""
	if n.enforces() {
		switch login, err := doorOf(source).admin(); {
		case err != nil:
			return tool, err
		case login != nil:
			user, database = login.Username, login.AuthSource
			password, err := json.Marshal(login.Password) // which is YAML, too
			if err != nil {
				return tool, err
			}
			tool.Secrets["mongodump.yaml"] = []byte("password: " + string(password) + "\n")
		case n.option(keyFileSetting) != "": // as the members of the set do
			user, database, keyFile = "__system", "local", n.option(keyFileSetting)
		default:
			return tool, &loginError{label, fmt.Errorf("authorization is on, and belt.yaml has no admin: account for it")}
		}
	}
	tool.Args = []string{strconv.Itoa(n.Port), user, database, keyFile}
	return tool, nil
}

// leastTools is the release of the database tools that has --config, by which a password is in no argument.
var leastTools = [2]int{100, 3}

// tools tells what is missing of mongodump and mongorestore.
func tools(f replication.Facts) error {
	n := nativeOf(f)
	if n.survey == nil {
		return nil
	}
	if len(n.survey.Missing) > 0 {
		return &unable{
			fmt.Sprintf("%s: it has no %s, which copy MongoDB's data", f.Node.Label, strings.Join(n.survey.Missing, " and no ")),
			"install mongodb-database-tools there, which mongodb-org has among its packages",
		}
	}
	var v [2]int
	if _, err := fmt.Sscanf(n.survey.Tools, "%d.%d", &v[0], &v[1]); err != nil || v[0] < leastTools[0] || v[0] == leastTools[0] && v[1] < leastTools[1] {
		return &unable{
			fmt.Sprintf("%s: its mongodump is %s, and 100.3 is the first that takes a password from a file", f.Node.Label, n.survey.Tools),
			"install a newer mongodb-database-tools there",
		}
	}
	return nil
}
