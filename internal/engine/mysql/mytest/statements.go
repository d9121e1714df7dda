package mytest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

const quotedName = `'([^']*)'`

// statements are all of Belt's.
var statements = []sqlStatement{
	sql(`SELECT 1`, false, func(*Server, *sessionState, []string) (string, error) { return row("1") }),
	sql(`SET SESSION sql_log_bin = 0`, true, func(_ *Server, session *sessionState, _ []string) (string, error) {
		session.logged = false
		return "", nil
	}),
	sql(`SELECT CONCAT\(.* WHERE variable_name = `+quotedName, false, func(s *Server, _ *sessionState, m []string) (string, error) {
		return s.variable(m[1])
	}),
	sql(`SET SESSION lock_wait_timeout = 30`, true, func(*Server, *sessionState, []string) (string, error) { return "", nil }),
	sql(`FLUSH TABLES WITH READ LOCK`, true, func(*Server, *sessionState, []string) (string, error) { return "", nil }),
	sql(`UNLOCK TABLES`, true, func(*Server, *sessionState, []string) (string, error) { return "", nil }),
	sql(`SELECT id FROM information_schema\.processlist WHERE command NOT IN .*`, false, func(*Server, *sessionState, []string) (string, error) { return "", nil }),
	sql(`SET GLOBAL (\w+) = (\S*)`, true, func(s *Server, _ *sessionState, m []string) (string, error) {
		return "", s.setGlobal(m[1], m[2])
	}),
	sql(`SELECT @@GLOBAL\.gtid_mode`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return row(s.running.settings["gtid_mode"].text)
	}),
	sql(`SELECT COALESCE\(SUM.*Ongoing_anonymous_transaction_count'`, false, func(*Server, *sessionState, []string) (string, error) { return row("0") }),

	sql(`CREATE USER IF NOT EXISTS `+quotedName+`@`+quotedName+` .*`, true, func(s *Server, session *sessionState, m []string) (string, error) {
		if _, there := s.running.data.accounts[m[1]+"@"+m[2]]; !there {
			s.setAccount(session, m[1], m[2], "none")
		}
		return "", nil
	}),
	sql(`ALTER USER `+quotedName+`@`+quotedName+` IDENTIFIED (?:VIA mysql_native_password USING|WITH caching_sha2_password BY) `+quotedName+` REQUIRE (\w+)`, true,
		func(s *Server, session *sessionState, m []string) (string, error) {
			proof := m[3]
			if !s.world.mariadb() {
				proof = proofOf(s.world, m[3])
			}
			s.setAccount(session, m[1], m[2], proof+" "+m[4])
			return "", nil
		}),
	sql(`GRANT (.*) ON \*\.\* TO `+quotedName+`@`+quotedName, true, func(s *Server, session *sessionState, m []string) (string, error) {
		s.execute(session.logged, func(d *data) { d.grants[m[2]+"@"+m[3]] = m[1] })
		return "", nil
	}),
	sql(`DROP USER IF EXISTS `+quotedName+`@`+quotedName, true, func(s *Server, session *sessionState, m []string) (string, error) {
		s.execute(session.logged, func(d *data) {
			delete(d.accounts, m[1]+"@"+m[2])
			delete(d.grants, m[1]+"@"+m[2])
		})
		return "", nil
	}),
	sql(`SELECT host FROM mysql\.user WHERE user = `+quotedName, false, func(s *Server, _ *sessionState, m []string) (string, error) {
		return rows(s.running.data.accountHosts(m[1]))
	}),
	sql(`SELECT COUNT\(\*\) FROM mysql\.user WHERE user = `+quotedName, false, func(s *Server, _ *sessionState, m []string) (string, error) {
		return row(fmt.Sprint(len(s.running.data.accountHosts(m[1]))))
	}),
	sql(`SELECT CONCAT\(user, '\\t', host\) FROM mysql\.user WHERE user LIKE 'belt\\_%'`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		var list []string
		for _, account := range slices.Sorted(maps.Keys(s.running.data.accounts)) {
			if strings.HasPrefix(account, "belt_") {
				list = append(list, strings.Replace(account, "@", "\t", 1))
			}
		}
		return rows(list)
	}),
	sql(`SELECT COUNT\(\*\) FROM mysql\.user WHERE user LIKE 'belt\\_%'`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return row(fmt.Sprint(len(s.accounts())))
	}),
	sql(`SELECT COUNT\(\*\) FROM mysql\.global_grants WHERE priv = 'BACKUP_ADMIN' AND user = `+quotedName, false, func(s *Server, _ *sessionState, m []string) (string, error) {
		n := 0
		for account, rights := range s.running.data.grants {
			if name, _, _ := strings.Cut(account, "@"); name == m[1] && strings.Contains(rights, "BACKUP_ADMIN") {
				n++
			}
		}
		return row(fmt.Sprint(n))
	}),
	sql(`SELECT id FROM information_schema\.processlist WHERE user = `+quotedName, false, func(*Server, *sessionState, []string) (string, error) { return "", nil }),

	sql(`SELECT CONCAT_WS\('\|', @@GLOBAL\.server_id.*`, false, func(s *Server, _ *sessionState, _ []string) (string, error) { return row(s.who()) }),
	sql(`SELECT CONCAT_WS\(' ', .*`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return row(fmt.Sprint(len(s.running.data.rows), " ", len(s.running.data.accounts)))
	}),
	sql(`SELECT @@GLOBAL\.gtid_binlog_state`, false, func(s *Server, _ *sessionState, _ []string) (string, error) { return row(s.running.data.state()) }),
	sql(`SELECT @@GLOBAL\.gtid_binlog_pos`, false, func(s *Server, _ *sessionState, _ []string) (string, error) { return row(s.running.data.position()) }),
	sql(`SELECT COALESCE\(BINLOG_GTID_POS\('binlog\.000001', ([0-9]+)\), 'gone'\)`, false, func(s *Server, _ *sessionState, found []string) (string, error) {
		return row(s.running.data.positionAt(found[1]))
	}),
	sql(`SELECT @@GLOBAL\.gtid_slave_pos`, false, func(s *Server, _ *sessionState, _ []string) (string, error) { return row(s.slavePos()) }),
	sql(`SELECT REPLACE\(@@GLOBAL\.gtid_executed.*`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return row(s.running.data.set(len(s.running.data.log)))
	}),
	sql(`SELECT @@GLOBAL\.super_read_only`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return row(map[bool]string{true: "1", false: "0"}[s.running.on("super_read_only")])
	}),
	sql(`SELECT @@GLOBAL\.(?:character_set|collation)_server`, false, func(*Server, *sessionState, []string) (string, error) { return row("utf8mb4") }),
	sql(`SELECT @@GLOBAL\.read_only`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return row(map[bool]string{true: "1", false: "0"}[s.running.on("read_only")])
	}),
	sql(`SELECT CONCAT\(@@GLOBAL\.ssl_cert.*`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return row(s.running.settings["ssl_cert"].text + "||" + dataDir + "/")
	}),
	sql(`FLUSH PRIVILEGES`, true, func(s *Server, session *sessionState, _ []string) (string, error) {
		s.execute(session.logged, func(*data) {})
		return "", nil
	}),
	sql(`CREATE DATABASE belt_must_not_be`, true, func(*Server, *sessionState, []string) (string, error) { return "", nil }),
	sql(`DROP DATABASE belt_must_not_be`, true, func(*Server, *sessionState, []string) (string, error) { return "", nil }),

	sql(`STOP (?:SLAVE|REPLICA)`, true, func(s *Server, _ *sessionState, _ []string) (string, error) {
		if c := s.running.data.channel; c != nil {
			c.running = false
		}
		return "", nil
	}),
	sql(`START (?:SLAVE|REPLICA)`, true, func(s *Server, _ *sessionState, _ []string) (string, error) {
		if s.running.data.channel == nil {
			return "", machinetest.Fails("ERROR 1200 (HY000): Misconfigured slave")
		}
		s.running.data.channel.running = true
		return "", nil
	}),
	sql(`RESET (?:SLAVE|REPLICA) ALL`, true, func(s *Server, _ *sessionState, _ []string) (string, error) {
		if c := s.running.data.channel; c != nil && c.running {
			return "", machinetest.Fails("ERROR 1198 (HY000): This operation cannot be performed as you have a running slave")
		}
		s.running.data.channel = nil
		return "", nil
	}),
	sql(`CHANGE (?:MASTER|REPLICATION SOURCE) TO (.*)`, true, func(s *Server, _ *sessionState, m []string) (string, error) {
		return "", s.changeSource(m[1])
	}),
	sql(`SHOW (?:ALL SLAVES|REPLICA|SLAVE) STATUS`, false, func(s *Server, _ *sessionState, _ []string) (string, error) { return s.channelRow(), nil }),

	sql(`INSTALL PLUGIN clone SONAME 'mysql_clone.so'`, true, func(s *Server, session *sessionState, _ []string) (string, error) {
		s.execute(session.logged, func(d *data) { d.plugins["clone"] = true })
		return "", nil
	}),
	sql(`UNINSTALL PLUGIN clone`, true, func(s *Server, session *sessionState, _ []string) (string, error) {
		s.execute(session.logged, func(d *data) { delete(d.plugins, "clone") })
		return "", nil
	}),
	sql(`SELECT COUNT\(\*\) FROM information_schema\.plugins.*`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return row(map[bool]string{true: "1", false: "0"}[s.running.data.plugins["clone"]])
	}),

	sql(`SELECT CONCAT\(event_schema.*NOT IN \('ENABLED', 'DISABLED'\)`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return rows(s.running.data.eventsThatAre("SLAVESIDE_DISABLED"))
	}),
	sql(`SELECT CONCAT\(event_schema.*= 'ENABLED'`, false, func(s *Server, _ *sessionState, _ []string) (string, error) {
		return rows(s.running.data.eventsThatAre("ENABLED"))
	}),
	sql("ALTER EVENT `(\\w+)`\\.`(\\w+)` (ENABLE|DISABLE)", true, func(s *Server, session *sessionState, m []string) (string, error) {
		s.execute(session.logged, func(d *data) { d.events[m[1]+"."+m[2]] = m[3] + "D" })
		return "", nil
	}),
}

func (d *data) eventsThatAre(state string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(d.events)) {
		if d.events[name] == state {
			list = append(list, strings.Replace(name, ".", "\t", 1))
		}
	}
	return list
}
