package inventory

import "testing"

func TestReplicationAddress(t *testing.T) {
	server := func(app, address, internal string) Server {
		return Server{App: app, Address: address, Internal: internal}
	}
	tests := map[string]struct {
		over     string
		from, to Server
		want     string
	}{
		"within an app":                      {"", server("a", "x1", "i1"), server("a", "x2", "i2"), "i2"},
		"between apps":                       {"", server("a", "x1", "i1"), server("b", "x2", "i2"), "x2"},
		"within, over address":               {"address", server("a", "x1", "i1"), server("a", "x2", "i2"), "x2"},
		"between, over internal":             {"internal", server("a", "x1", "i1"), server("b", "x2", "i2"), "i2"},
		"the one reached has no internal":    {"", server("a", "x1", "i1"), server("a", "x2", ""), "x2"},
		"the one reaching has no internal":   {"", server("a", "x1", ""), server("a", "x2", "i2"), "x2"},
		"over internal, and there is none":   {"internal", server("a", "x1", "i1"), server("b", "x2", ""), "x2"},
		"neither has one, and within an app": {"", server("a", "x1", ""), server("a", "x2", ""), "x2"},
	}
	for name, test := range tests {
		got := (&Inventory{}).ReplicationAddress(Database{ReplicateOver: test.over}, test.from, test.to)
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestVariablePrefix(t *testing.T) {
	for _, test := range []struct{ engine, name, want string }{
		{PostgreSQL, "postgresql", "POSTGRESQL"},
		{PostgreSQL, "reports", "POSTGRESQL_REPORTS"},
		{MySQL, "mysql", "MYSQL"},
		{MariaDB, "mariadb", "MYSQL"},
		{MariaDB, "mysql", "MYSQL_MYSQL"},
		{Redis, "sessions", "REDIS_SESSIONS"},
		{Valkey, "valkey", "REDIS"},
		{Valkey, "a-b.c", "REDIS_A_B_C"},
		{MongoDB, "mongodb", "MONGODB"},
	} {
		if got := (Database{Engine: test.engine, Name: test.name}).VariablePrefix(); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.engine, test.name, got, test.want)
		}
	}
}
