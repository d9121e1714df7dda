//go:build lab

package scenarios

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// replicate makes a server a replica of another by hand: what Belt is to do, without Belt.
func replicate(t *testing.T, primary, replica *lab.Server) {
	t.Helper()
	switch primary.Kind {
	case lab.Redis, lab.Valkey:
		labtest.Cli(t, replica, "CONFIG", "SET", "masterauth", lab.Password)
		labtest.Cli(t, replica, "REPLICAOF", primary.Internal.String(), "6379")
	case lab.MariaDB, lab.MySQL:
		replicateMySQL(t, primary, replica)
	case lab.MongoDB:
		replicateMongoDB(t, primary, replica)
	default:
		replicatePostgreSQL(t, primary, replica)
	}
	if err := primary.WaitReplayed(t.Context(), replica); err != nil {
		t.Fatal(err)
	}
}

func replicatePostgreSQL(t *testing.T, primary, replica *lab.Server) {
	t.Helper()
	labtest.PSQL(t, primary, "CREATE ROLE byhand REPLICATION LOGIN PASSWORD 'byhand'")
	labtest.Exec(t, primary, `
		file=$(ls /etc/postgresql/*/main/pg_hba.conf)
		echo "host replication byhand $1/32 md5" >> "$file"
		systemctl reload postgresql`, replica.Internal.String())
	labtest.Exec(t, replica, `
		set -e
		version=$(ls /etc/postgresql)
		systemctl stop "postgresql@$version-main"
		rm -rf "/var/lib/postgresql/$version/main"
		runuser -u postgres -- env PGPASSWORD=byhand pg_basebackup -R -c fast -X stream -D "/var/lib/postgresql/$version/main" -h "$1" -U byhand
		systemctl start "postgresql@$version-main"`, primary.Internal.String())
}

// replicateMongoDB takes a server that has nothing into the primary's set.
func replicateMongoDB(t *testing.T, primary, replica *lab.Server) {
	t.Helper()
	var reply struct {
		Config bson.M `bson:"config"`
	}
	labtest.Mongo(t, primary, "admin", bson.D{{Key: "replSetGetConfig", Value: 1}}, &reply)
	labtest.Exec(t, replica, `
		set -e
		systemctl stop mongod
		rm -rf /var/lib/mongodb/*
		sed -i "s/^#replication:/replication:\n  replSetName: $1/" /etc/mongod.conf
		systemctl start mongod`, reply.Config["_id"].(string))
	reply.Config["version"] = reply.Config["version"].(int32) + 1
	reply.Config["members"] = append(reply.Config["members"].(bson.A), bson.D{
		{Key: "_id", Value: 1}, {Key: "host", Value: replica.Internal.String() + ":27017"}, {Key: "priority", Value: 0}, {Key: "votes", Value: 0},
	})
	labtest.Mongo(t, primary, "admin", bson.D{{Key: "replSetReconfig", Value: reply.Config}}, nil)
}

// replicateMySQL brings the app's database over as a dump, which says where it was taken.
func replicateMySQL(t *testing.T, primary, replica *lab.Server) {
	t.Helper()
	mariadb := primary.Kind == lab.MariaDB
	dump := "mysqldump --source-data"
	change := "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '" + primary.Internal.String() + "', SOURCE_USER = 'byhand', SOURCE_PASSWORD = 'byhand', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA"
	if mariadb {
		dump = "mariadb-dump --master-data --gtid"
		change = "CHANGE MASTER TO MASTER_HOST = '" + primary.Internal.String() + "', MASTER_USER = 'byhand', MASTER_PASSWORD = 'byhand', MASTER_USE_GTID = slave_pos; START SLAVE"
	}
	labtest.SQL(t, primary, "CREATE USER byhand@'%' IDENTIFIED BY 'byhand'; GRANT REPLICATION SLAVE ON *.* TO byhand@'%'")
	// Over SSH it would come by the operator, too.
	text := labtest.Exec(t, primary, dump+" --single-transaction --routines --triggers --events --databases "+lab.Database)
	if !mariadb {
		labtest.SQL(t, replica, "RESET BINARY LOGS AND GTIDS")
	}
	labtest.SQL(t, replica, text)
	labtest.SQL(t, replica, change)
}

// forReplicas is the standard lab with what replicate needs in the configuration.
func forReplicas() lab.Spec {
	settings := map[lab.Kind]string{
		lab.MariaDB: "log_bin = binlog\n", lab.MySQL: "log_bin = binlog\ngtid_mode = ON\nenforce_gtid_consistency = ON\n",
	}[labtest.Engine()]
	spec := lab.Standard(labtest.Engine(), labtest.Name(), labtest.Suite(), labtest.Dir())
	for i := range spec.Servers {
		if s := &spec.Servers[i]; s.Kind.IsEngine() && settings != "" {
			s.Settings = fmt.Sprintf("%sserver_id = %d\n", settings, i+1)
		}
	}
	return spec
}

// same is labtest.Same but for the accounts, which a dump of one database does not bring over.
func same(t *testing.T, primary, replica *lab.Server) {
	t.Helper()
	one, two := checksum(t, primary), checksum(t, replica)
	delete(one, "accounts")
	delete(two, "accounts")
	if diff := cmp.Diff(one, two); diff != "" || len(one) == 0 {
		t.Errorf("%s differs from %s:\n%s", replica, primary, diff)
	}
}
