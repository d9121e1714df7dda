package mysql

import "testing"

func TestVersionsAreRead(t *testing.T) {
	for text, want := range map[string]version{
		"10.11.18-MariaDB-0+deb12u1-log": {10, 11, 18},
		"9.7.4-2":                        {9, 7, 4},
		"8.0.41":                         {8, 0, 41},
		"11.8":                           {11, 8, 0},
		"":                               {},
	} {
		if got := parseVersion(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func TestWordsFitTheVersion(t *testing.T) {
	for _, c := range []struct {
		flavour flavour
		version string
		what    feature
		words   string
		has     bool
	}{
		{mariaDB, "10.5.29", follow, "CHANGE MASTER TO", true},
		{mariaDB, "11.8.3", follow, "CHANGE MASTER TO", true},
		{mySQL, "8.0.21", startThreads, "START SLAVE", true},
		{mySQL, "8.0.22", startThreads, "START REPLICA", true},
		{mySQL, "8.0.22", follow, "CHANGE MASTER TO", true},
		{mySQL, "8.0.23", follow, "CHANGE REPLICATION SOURCE TO", true},
		{mySQL, "9.7.4", sourcePrefix, "SOURCE_", true},
		{mySQL, "8.0.16", cloneFolder, "", false},
		{mySQL, "8.0.17", cloneFolder, "", true},
		{mariaDB, "11.8.3", cloneFolder, "", false},
		{mariaDB, "10.11.18", positionFile, "xtrabackup_binlog_info", true},
		{mariaDB, "11.0.6", positionFile, "xtrabackup_binlog_info", true},
		{mariaDB, "11.1.0", positionFile, "mariadb_backup_binlog_info", true},
		{mariaDB, "11.3.2", purgeNeeds, "", false},
		{mariaDB, "11.4.0", purgeNeeds, "", true},
		{mySQL, "8.4.5", purgeNeeds, "", false},
		{mariaDB, "10.5.29", expireSeconds, "", false},
		{mariaDB, "10.6.22", expireSeconds, "", true},
		{mariaDB, "10.6.22", manyBinds, "", false},
		{mySQL, "8.0.17", superReadOnly, "", true},
		{mariaDB, "11.8.3", superReadOnly, "", false},
		{mySQL, "8.0.25", stayApart, "--skip-slave-start", true},
		{mySQL, "8.0.26", stayApart, "--skip-replica-start", true},
		{mySQL, "8.0.25", logApplied, "log_slave_updates", true},
		{mySQL, "8.4.5", logApplied, "log_replica_updates", true},
	} {
		words, has := c.flavour.find(c.what, parseVersion(c.version))
		if words != c.words || has != c.has {
			t.Errorf("%s %s, %s: %q, %v", c.flavour, c.version, c.what, words, has)
		}
	}
}

// TestOneWordEach finds rows of the table that are there for the same version twice, and versions that fall between two.
func TestOneWordEach(t *testing.T) {
	for _, c := range capabilities {
		versions := []version{c.since, {8, 0, 22}, {8, 0, 23}, {8, 4, 0}, {9, 7, 4}, {10, 5, 29}, {10, 11, 18}, {11, 4, 1}, {11, 8, 3}}
		for _, v := range versions {
			n := 0
			for _, other := range capabilities {
				if other.what == c.what && other.flavour == c.flavour && !v.before(other.since) && (other.before == version{} || v.before(other.before)) {
					n++
				}
			}
			if n > 1 {
				t.Errorf("%s %s has %q %d times", c.flavour, v, c.what, n)
			}
		}
	}
}
