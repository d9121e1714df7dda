//go:build lab

package scenarios

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Between apps: over the external addresses, encrypted, and the primary authenticated.

func TestBetweenApps(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/web1", "shop-eu/db1", "shop-eu/web1")
	eu, euWeb := w.Server("shop-eu", "db1"), w.Server("shop-eu", "web1")
	w.ownData(eu)
	primaryBefore := labtest.StateOf(t, w.db1)
	inventory := w.readsInventory()
	writer := w.writer()

	w.belt.Do(t, 0, "db", "replicate", "enable", shopEU, "--from", shop)
	d := w.follows(shop, "db1")
	if r := d.Replicas[0]; r.App != "shop-eu" || r.Address != eu.External.String() {
		t.Errorf("status: %s", &r)
	}
	w.follows(shopEU, "db1")
	w.encrypted(eu)
	if got := w.readsInventory(); !strings.Contains(got, "source: shop/postgresql") {
		t.Errorf("belt.yaml has no source:\n%s", got)
	}
	w.variables(w.web1, map[string]string{
		"POSTGRESQL_ADDRESS": w.db1.Internal.String(), "POSTGRESQL_SLAVE_ADDRESSES": eu.External.String(),
		"POSTGRESQL_SLAVE_ADDRESSES_INT": eu.External.String(), "POSTGRESQL_SLAVE_ADDRESSES_EXT": eu.External.String(),
	})
	w.variables(euWeb, map[string]string{
		"POSTGRESQL_ADDRESS": eu.Internal.String(), "POSTGRESQL_ADDRESS_EXT": eu.External.String(), "POSTGRESQL_SLAVE_ADDRESSES": "",
		"POSTGRESQL_DATABASE": lab.Database, "POSTGRESQL_USERNAME": lab.User, "POSTGRESQL_PASSWORD": lab.Password,
	})
	verified(t, w.belt.Run(t, "db", "replicate", "verify", shopEU, "-o", "json").Want(t, 0), true)
	w.proven(writer, eu)

	writer = w.writer()
	w.belt.Do(t, 0, "db", "replicate", "disable", shopEU)
	w.standsAlone(eu)
	primaryBefore.Unchanged(t, labtest.StateOf(t, w.db1), labtest.Journal)
	w.variables(w.web1, map[string]string{"POSTGRESQL_SLAVE_ADDRESSES": ""})
	w.variables(euWeb, map[string]string{"POSTGRESQL_ADDRESS": eu.Internal.String(), "POSTGRESQL_SLAVE_ADDRESSES": ""})
	if got := w.readsInventory(); got != inventory {
		t.Errorf("belt.yaml after disable:\n%s", got)
	}
	if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused != 0 {
		t.Errorf("writes were refused: %s", writes)
	}
	w.follows(shop)
}

// encrypted fails the test unless the replica's connection is, and would not take another server for the primary.
func (w *world) encrypted(replica *lab.Server) {
	w.t.Helper()
	if ssl := labtest.PSQL(w.t, w.db1, "SELECT s.ssl, r.client_addr FROM pg_stat_replication r JOIN pg_stat_ssl s USING (pid)"); ssl != "t|"+replica.External.String() {
		w.t.Errorf("pg_stat_ssl: %s", ssl)
	}
	rules := labtest.Exec(w.t, w.db1, "grep belt /etc/postgresql/*/main/pg_hba.conf | grep -v '^#'")
	for _, rule := range strings.Split(rules, "\n") {
		if !strings.HasPrefix(rule, "hostssl") || !strings.Contains(rule, replica.External.String()+"/32") {
			w.t.Errorf("pg_hba.conf has %q", rule)
		}
	}
	conninfo := labtest.PSQL(w.t, replica, "SHOW primary_conninfo")
	if !strings.Contains(conninfo, "sslmode=verify-ca") && !strings.Contains(conninfo, "sslmode=verify-full") {
		w.t.Errorf("primary_conninfo: %s", conninfo)
	}
	// Another certificate in its place: then it must not connect.
	file := labtest.Exec(w.t, replica, "find /var/lib/belt -name '*.crt'")
	labtest.Exec(w.t, replica, `cp -p "$1" /root/right.crt
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=wrong -keyout /dev/null -out "$1" 2>/dev/null`, file)
	labtest.PSQL(w.t, w.db1, "SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
	eventually(w.t, "the replica refuses a primary with another certificate", func() bool {
		return strings.Contains(labtest.Exec(w.t, replica, "tail -n 20 /var/log/postgresql/*-main.log"), "certificate verify failed")
	})
	labtest.Exec(w.t, replica, `cp -p /root/right.crt "$1"; rm /root/right.crt`, file)
	eventually(w.t, "the replica streams again", func() bool {
		return labtest.PSQL(w.t, w.db1, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1"
	})
}
