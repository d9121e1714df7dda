package mysql

// flavour is one of the two products.
type flavour string

const (
	mariaDB flavour = "mariadb" // also the name of the engine in the inventory
	mySQL   flavour = "mysql"
)

// title is the product's name for people.
func (f flavour) title() string {
	if f == mariaDB {
		return "MariaDB"
	}
	return "MySQL"
}

// feature is something that not every version has, or has in other words.
type feature string

const (
	startThreads  feature = "start the threads"
	stopThreads   feature = "stop the threads"
	forgetSource  feature = "forget the source"
	follow        feature = "follow a source"
	sourcePrefix  feature = "prefix of the options of follow"
	showReplica   feature = "show the threads"
	superReadOnly feature = "read-only for administrators too"
	manyBinds     feature = "several addresses in bind_address"
	expireSeconds feature = "retention in seconds"
	purgeNeeds    feature = "binary logs are kept while no replica is connected"
	positionFile  feature = "where the backup notes its position"
	cloneFolder   feature = "CLONE into a folder"
	sourceData    feature = "option by which a dump has its position"
	stayApart     feature = "option by which a server does not follow when it starts"
	logApplied    feature = "option by which a replica logs what it applies"
)

// capability says since which version, and before which one, a flavour has a feature, and in which words.
type capability struct {
	what          feature
	flavour       flavour
	since, before version // before is zero for "to this day"
	words         string
}

// capabilities is all that differs by flavour and version. MySQL took its new words for replication in 8.0.22 and 8.0.23
// and dropped the old ones in 8.4; MariaDB understands some of them and prints its own.
var capabilities = []capability{
	{startThreads, mariaDB, version{}, version{}, "START SLAVE"},
	{startThreads, mySQL, version{}, version{8, 0, 22}, "START SLAVE"},
	{startThreads, mySQL, version{8, 0, 22}, version{}, "START REPLICA"},
	{stopThreads, mariaDB, version{}, version{}, "STOP SLAVE"},
	{stopThreads, mySQL, version{}, version{8, 0, 22}, "STOP SLAVE"},
	{stopThreads, mySQL, version{8, 0, 22}, version{}, "STOP REPLICA"},
	{forgetSource, mariaDB, version{}, version{}, "RESET SLAVE ALL"},
	{forgetSource, mySQL, version{}, version{8, 0, 22}, "RESET SLAVE ALL"},
	{forgetSource, mySQL, version{8, 0, 22}, version{}, "RESET REPLICA ALL"},
	{follow, mariaDB, version{}, version{}, "CHANGE MASTER TO"},
	{follow, mySQL, version{}, version{8, 0, 23}, "CHANGE MASTER TO"},
	{follow, mySQL, version{8, 0, 23}, version{}, "CHANGE REPLICATION SOURCE TO"},
	{sourcePrefix, mariaDB, version{}, version{}, "MASTER_"},
	{sourcePrefix, mySQL, version{}, version{8, 0, 23}, "MASTER_"},
	{sourcePrefix, mySQL, version{8, 0, 23}, version{}, "SOURCE_"},
	{showReplica, mariaDB, version{}, version{}, "SHOW ALL SLAVES STATUS"},
	{showReplica, mySQL, version{}, version{8, 0, 22}, "SHOW SLAVE STATUS"},
	{showReplica, mySQL, version{8, 0, 22}, version{}, "SHOW REPLICA STATUS"},
	{superReadOnly, mySQL, version{}, version{}, ""},
	{manyBinds, mariaDB, version{10, 11, 0}, version{}, ""},
	{manyBinds, mySQL, version{8, 0, 13}, version{}, ""},
	{expireSeconds, mariaDB, version{10, 6, 1}, version{}, ""},
	{expireSeconds, mySQL, version{8, 0, 1}, version{}, ""},
	{purgeNeeds, mariaDB, version{11, 4, 0}, version{}, ""},
	{positionFile, mariaDB, version{}, version{11, 1, 0}, "xtrabackup_binlog_info"},
	{positionFile, mariaDB, version{11, 1, 0}, version{}, "mariadb_backup_binlog_info"},
	{cloneFolder, mySQL, version{8, 0, 17}, version{}, ""},
	{sourceData, mySQL, version{}, version{8, 0, 26}, "--master-data=2"},
	{sourceData, mySQL, version{8, 0, 26}, version{}, "--source-data=2"},
	{stayApart, mariaDB, version{}, version{}, "--skip-slave-start"},
	{stayApart, mySQL, version{}, version{8, 0, 26}, "--skip-slave-start"},
	{stayApart, mySQL, version{8, 0, 26}, version{}, "--skip-replica-start"},
	{logApplied, mariaDB, version{}, version{}, "log_slave_updates"},
	{logApplied, mySQL, version{}, version{8, 0, 26}, "log_slave_updates"},
	{logApplied, mySQL, version{8, 0, 26}, version{}, "log_replica_updates"},
}

// find returns the words of a feature, and whether the version has it.
func (f flavour) find(what feature, v version) (string, bool) {
	for _, c := range capabilities {
		if c.what == what && c.flavour == f && !v.before(c.since) && (c.before == version{} || v.before(c.before)) {
			return c.words, true
		}
	}
	return "", false
}
