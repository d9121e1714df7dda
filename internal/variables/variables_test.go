package variables

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	db1 = Addr{Internal: "10.0.0.21", External: "203.0.113.21"}
	db2 = Addr{Internal: "10.0.0.22", External: "203.0.113.22"}
	db3 = Addr{Internal: "10.0.0.23", External: "203.0.113.23"}
	eu1 = Addr{Internal: "10.0.0.21", External: "198.51.100.21", Remote: true}
)

func TestVars(t *testing.T) {
	tests := []struct {
		name string
		db   Database
		want string
	}{
		{"postgresql without a replica", Database{Name: "postgresql", Engine: "postgresql", Primary: db1}, `
			POSTGRESQL_ADDRESS=10.0.0.21
			POSTGRESQL_ADDRESS_INT=10.0.0.21
			POSTGRESQL_ADDRESS_EXT=203.0.113.21
			POSTGRESQL_URL=postgresql://10.0.0.21:5432
			POSTGRESQL_URL_INT=postgresql://10.0.0.21:5432
			POSTGRESQL_URL_EXT=postgresql://203.0.113.21:5432
			POSTGRESQL_SLAVE_ADDRESSES=
			POSTGRESQL_SLAVE_ADDRESSES_INT=
			POSTGRESQL_SLAVE_ADDRESSES_EXT=`},
		{"postgresql with replicas, one in another app", Database{
			Name: "postgresql", Engine: "postgresql", Primary: db1, Replicas: []Addr{db2, db3, eu1},
			Username: "shop", Password: "p@s/s:w ö+%", DatabaseName: "shop db"}, `
			POSTGRESQL_ADDRESS=10.0.0.21
			POSTGRESQL_ADDRESS_INT=10.0.0.21
			POSTGRESQL_ADDRESS_EXT=203.0.113.21
			POSTGRESQL_URL=postgresql://shop:p%40s%2Fs%3Aw%20%C3%B6%2B%25@10.0.0.21:5432/shop%20db
			POSTGRESQL_URL_INT=postgresql://shop:p%40s%2Fs%3Aw%20%C3%B6%2B%25@10.0.0.21:5432/shop%20db
			POSTGRESQL_URL_EXT=postgresql://shop:p%40s%2Fs%3Aw%20%C3%B6%2B%25@203.0.113.21:5432/shop%20db
			POSTGRESQL_USERNAME=shop
			POSTGRESQL_PASSWORD=p@s/s:w ö+%
			POSTGRESQL_DATABASE=shop db
			POSTGRESQL_SLAVE_ADDRESSES=10.0.0.22,10.0.0.23,198.51.100.21
			POSTGRESQL_SLAVE_ADDRESSES_INT=10.0.0.22,10.0.0.23,198.51.100.21
			POSTGRESQL_SLAVE_ADDRESSES_EXT=203.0.113.22,203.0.113.23,198.51.100.21`},
		{"mariadb under a name of its own, on a port of its own, without internal addresses", Database{
			Name: "orders-eu.1", Engine: "mariadb", Port: 3307, Username: "u",
			Primary: Addr{External: "db.example.com"}, Replicas: []Addr{{External: "2001:db8::2"}}}, `
			MYSQL_ORDERS_EU_1_ADDRESS=db.example.com
			MYSQL_ORDERS_EU_1_ADDRESS_INT=db.example.com
			MYSQL_ORDERS_EU_1_ADDRESS_EXT=db.example.com
			MYSQL_ORDERS_EU_1_URL=mysql://u@db.example.com:3307
			MYSQL_ORDERS_EU_1_URL_INT=mysql://u@db.example.com:3307
			MYSQL_ORDERS_EU_1_URL_EXT=mysql://u@db.example.com:3307
			MYSQL_ORDERS_EU_1_USERNAME=u
			MYSQL_ORDERS_EU_1_SLAVE_ADDRESSES=2001:db8::2
			MYSQL_ORDERS_EU_1_SLAVE_ADDRESSES_INT=2001:db8::2
			MYSQL_ORDERS_EU_1_SLAVE_ADDRESSES_EXT=2001:db8::2`},
		{"mysql: a password alone is no account", Database{
			Name: "mysql", Engine: "mysql", Primary: db1, Password: "p"}, `
			MYSQL_ADDRESS=10.0.0.21
			MYSQL_ADDRESS_INT=10.0.0.21
			MYSQL_ADDRESS_EXT=203.0.113.21
			MYSQL_URL=mysql://10.0.0.21:3306
			MYSQL_URL_INT=mysql://10.0.0.21:3306
			MYSQL_URL_EXT=mysql://203.0.113.21:3306
			MYSQL_PASSWORD=p
			MYSQL_SLAVE_ADDRESSES=
			MYSQL_SLAVE_ADDRESSES_INT=
			MYSQL_SLAVE_ADDRESSES_EXT=`},
		{"redis: a password alone is one", Database{
			Name: "sessions", Engine: "redis", Primary: db1, Replicas: []Addr{db2}, Password: "p#"}, `
			REDIS_SESSIONS_ADDRESS=10.0.0.21
			REDIS_SESSIONS_ADDRESS_INT=10.0.0.21
			REDIS_SESSIONS_ADDRESS_EXT=203.0.113.21
			REDIS_SESSIONS_URL=redis://:p%23@10.0.0.21:6379
			REDIS_SESSIONS_URL_INT=redis://:p%23@10.0.0.21:6379
			REDIS_SESSIONS_URL_EXT=redis://:p%23@203.0.113.21:6379
			REDIS_SESSIONS_SLAVE_ADDRESSES=10.0.0.22
			REDIS_SESSIONS_SLAVE_ADDRESSES_INT=10.0.0.22
			REDIS_SESSIONS_SLAVE_ADDRESSES_EXT=203.0.113.22`},
		{"valkey that is called redis", Database{
			Name: "redis", Engine: "valkey", Primary: Addr{Internal: "fe80::1%eth0", External: "2001:db8::1"}}, `
			REDIS_ADDRESS=fe80::1%eth0
			REDIS_ADDRESS_INT=fe80::1%eth0
			REDIS_ADDRESS_EXT=2001:db8::1
			REDIS_URL=redis://[fe80::1%25eth0]:6379
			REDIS_URL_INT=redis://[fe80::1%25eth0]:6379
			REDIS_URL_EXT=redis://[2001:db8::1]:6379
			REDIS_SLAVE_ADDRESSES=
			REDIS_SLAVE_ADDRESSES_INT=
			REDIS_SLAVE_ADDRESSES_EXT=`},
		{"mongodb standalone", Database{Name: "mongodb", Engine: "mongodb", Primary: db1, DatabaseName: "shop"}, `
			MONGODB_ADDRESS=10.0.0.21
			MONGODB_ADDRESS_INT=10.0.0.21
			MONGODB_ADDRESS_EXT=203.0.113.21
			MONGODB_URL=mongodb://10.0.0.21:27017/shop
			MONGODB_URL_INT=mongodb://10.0.0.21:27017/shop
			MONGODB_URL_EXT=mongodb://203.0.113.21:27017/shop
			MONGODB_ADDRESSES=10.0.0.21`},
		{"mongodb replica set: the order is that of the members, whoever is primary", Database{
			Name: "mongodb", Engine: "mongodb", SetName: "rs0", Primary: db2, Replicas: []Addr{db1, db3},
			Members: []Addr{db1, db2, db3}}, `
			MONGODB_ADDRESS=10.0.0.22
			MONGODB_ADDRESS_INT=10.0.0.22
			MONGODB_ADDRESS_EXT=203.0.113.22
			MONGODB_URL=mongodb://10.0.0.21:27017,10.0.0.22:27017,10.0.0.23:27017/?replicaSet=rs0
			MONGODB_URL_INT=mongodb://10.0.0.21:27017,10.0.0.22:27017,10.0.0.23:27017/?replicaSet=rs0
			MONGODB_URL_EXT=mongodb://203.0.113.21:27017,203.0.113.22:27017,203.0.113.23:27017/?replicaSet=rs0
			MONGODB_ADDRESSES=10.0.0.21,10.0.0.22,10.0.0.23`},
		{"mongodb with an account", Database{
			Name: "logs", Engine: "mongodb", SetName: "rs0", Primary: db1, Replicas: []Addr{db2}, Port: 27018,
			Username: "u@x", Password: "p", DatabaseName: "shop"}, `
			MONGODB_LOGS_ADDRESS=10.0.0.21
			MONGODB_LOGS_ADDRESS_INT=10.0.0.21
			MONGODB_LOGS_ADDRESS_EXT=203.0.113.21
			MONGODB_LOGS_URL=mongodb://u%40x:p@10.0.0.21:27018,10.0.0.22:27018/shop?replicaSet=rs0
			MONGODB_LOGS_URL_INT=mongodb://u%40x:p@10.0.0.21:27018,10.0.0.22:27018/shop?replicaSet=rs0
			MONGODB_LOGS_URL_EXT=mongodb://u%40x:p@203.0.113.21:27018,203.0.113.22:27018/shop?replicaSet=rs0
			MONGODB_LOGS_ADDRESSES=10.0.0.21,10.0.0.22`},
		{"no address of the primary", Database{Name: "redis", Engine: "redis"}, `
			REDIS_SLAVE_ADDRESSES=
			REDIS_SLAVE_ADDRESSES_INT=
			REDIS_SLAVE_ADDRESSES_EXT=`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vars, err := Vars(tt.db)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(strings.ReplaceAll(tt.want[1:], "\t", ""), "\n"), text(vars)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Between apps: the replica's app keeps its addresses and sees the source's data.
func TestFollowing(t *testing.T) {
	source := Database{Name: "postgresql", Primary: db1, Replicas: []Addr{db2, eu1},
		Username: "shop", Password: "theirs", DatabaseName: "shop"}
	own := Database{Name: "postgresql", Primary: db3, Replicas: []Addr{db2},
		Username: "eu", Password: "own", DatabaseName: "eu"}
	tests := []struct {
		engine           string
		source           Database
		user, pass, data string
	}{
		{"postgresql", source, "shop", "theirs", "shop"},
		{"mysql", source, "eu", "own", "shop"},
		{"mariadb", source, "eu", "own", "shop"},
		{"redis", source, "eu", "own", "eu"},
		{"mongodb", source, "eu", "own", "eu"},
		{"postgresql", Database{Primary: db1, DatabaseName: "shop"}, "eu", "own", "shop"},
	}
	for _, tt := range tests {
		db := own
		db.Engine, tt.source.Engine = tt.engine, tt.engine
		want := Database{Name: "postgresql", Engine: tt.engine, Primary: db3,
			Username: tt.user, Password: tt.pass, DatabaseName: tt.data}
		if diff := cmp.Diff(want, Following(db, tt.source)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.engine, diff)
		}
		if len(db.Replicas) != 1 {
			t.Error("the database itself was changed")
		}
	}
}

func TestRemoteAddresses(t *testing.T) {
	tests := []struct {
		addr               Addr
		internal, external string
	}{
		{Addr{Internal: "i", External: "e"}, "i", "e"},
		{Addr{Internal: "i", External: "e", Remote: true}, "e", "e"},
		{Addr{External: "e"}, "e", "e"},
		{Addr{Internal: "i"}, "i", "i"},
		{Addr{Internal: "i", Remote: true}, "i", "i"},
	}
	for _, tt := range tests {
		if i, e := tt.addr.internal(), tt.addr.external(); i != tt.internal || e != tt.external {
			t.Errorf("%+v: got %s and %s, want %s and %s", tt.addr, i, e, tt.internal, tt.external)
		}
	}
}

func TestAll(t *testing.T) {
	vars, err := All([]Database{
		{Name: "redis", Engine: "redis", Primary: db1},
		{Name: "sessions", Engine: "redis", Primary: db1},
	})
	if err != nil || len(vars) != 18 || vars[9].Name != "REDIS_SESSIONS_ADDRESS" {
		t.Errorf("got %v, %v", vars, err)
	}
	_, err = All([]Database{
		{Name: "my-db", Engine: "mysql", Primary: db1},
		{Name: "my_db", Engine: "mariadb", Primary: db1},
	})
	if want := "databases my-db and my_db both give MYSQL_MY_DB_ADDRESS: rename one of them"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = All([]Database{{Name: "x", Engine: "oracle"}})
	if want := `x: unknown engine "oracle"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func text(vars []Var) []string {
	var out []string
	for _, v := range vars {
		out = append(out, v.Name+"="+v.Value)
	}
	return out
}
