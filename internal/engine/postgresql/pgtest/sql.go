package pgtest

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

func sql(pattern string) *regexp.Regexp { return regexp.MustCompile("^" + pattern + "$") }

const quoted = `\s*E?'((?:[^']|'')*)'`

var queries = []query{
	{text: sql(`SET default_transaction_read_only = on`), readsOnly: true},
	{text: sql(`SET \w+ = '\w+'`)},
	{text: sql(`BEGIN`), begins: true},
	{text: sql(`ROLLBACK`)},
	{text: sql(`CREATE TABLE .*`), writes: true, changes: true},
	{text: sql(`CHECKPOINT`), writes: true},
	{text: sql(`SELECT 1`), answers: true, do: one("1")},
	{text: sql(`SELECT pg_is_in_recovery\(\)`), answers: true, do: func(s *Server, _ []string) (string, error) { return boolean(s.running.recovery), nil }},
	{text: sql(`SELECT pg_promote\(.*\)`), answers: true, writes: true, do: func(s *Server, _ []string) (string, error) {
		if !s.running.recovery {
			return "", fmt.Errorf("recovery is not in progress")
		}
		s.promote()
		return "t", nil
	}},

	{text: sql(`ALTER SYSTEM SET (\w+) =` + quoted), writes: true, do: func(s *Server, v []string) (string, error) { return "", s.alterSystem(v[0], &v[1]) }},
	{text: sql(`ALTER SYSTEM RESET (\w+)`), writes: true, do: func(s *Server, v []string) (string, error) { return "", s.alterSystem(v[0], nil) }},
	{text: sql(`SELECT pg_reload_conf\(\)`), answers: true, writes: true, do: func(s *Server, _ []string) (string, error) { s.reload(); return "t", nil }},
	{text: sql(`SELECT extract\(epoch FROM pg_conf_load_time\(\)\)`), answers: true, do: func(s *Server, _ []string) (string, error) { return fmt.Sprint(s.running.loaded), nil }},
	{text: sql(`SELECT count\(\*\) FROM pg_settings WHERE sourcefile LIKE '%postgresql.auto.conf' AND name IN \((.*)\)`), answers: true, do: (*Server).fromAutoConf},
	{text: sql(`SELECT count\(\*\) FROM pg_settings WHERE pending_restart`), answers: true, do: (*Server).pending},
	{text: sql(`SELECT setting \|\| E'\\t' \|\| source \|\| ' ' \|\| coalesce\(sourcefile, ''\) FROM pg_settings WHERE name =` + quoted), answers: true, do: (*Server).showSetting},
	{text: sql(`SELECT coalesce\(json_object_agg\(name, setting\), '\{\}'\) FROM .*pg_file_settings.*auto\.conf.*`), answers: true, do: (*Server).fileSettings},
	{text: sql(`SELECT CASE WHEN setting LIKE '/%' .* WHERE name = 'ssl_cert_file'`), answers: true, do: func(s *Server, _ []string) (string, error) {
		if file := s.value("ssl_cert_file"); path.IsAbs(file) {
			return file, nil
		}
		return path.Join(s.Data(), s.value("ssl_cert_file")), nil
	}},
	{text: sql(`SELECT modification \+ interval '1 second' < pg_conf_load_time\(\) FROM pg_stat_file\(current_setting\('hba_file'\)\)`), answers: true, do: func(s *Server, _ []string) (string, error) {
		return boolean(s.running.hba == s.Files.Read(s.HBA())), nil
	}},
	{text: sql(`SELECT pg_read_file\(current_setting\('hba_file'\)\)`), answers: true, do: func(s *Server, _ []string) (string, error) {
		return strings.TrimSuffix(s.Files.Read(s.HBA()), "\n"), nil
	}},
	{text: sql(`SELECT coalesce\(string_agg\('line ' .* FROM pg_hba_file_rules WHERE error IS NOT NULL`), answers: true, do: func(s *Server, _ []string) (string, error) { return s.Broken["hba"], nil }},

	{text: sql(`SELECT count\(\*\) FROM pg_replication_slots WHERE slot_type = 'physical' AND wal_status <> 'lost' AND slot_name =` + quoted), answers: true, do: func(s *Server, v []string) (string, error) {
		sl := s.running.cluster.slots[v[0]]
		return number(sl != nil && !sl.lost), nil
	}},
	{text: sql(`SELECT count\(\*\) FROM pg_replication_slots WHERE slot_name =` + quoted), answers: true, do: func(s *Server, v []string) (string, error) {
		return number(s.running.cluster.slots[v[0]] != nil), nil
	}},
	{text: sql(`SELECT count\(\*\) FROM pg_replication_slots WHERE slot_name IN \((.*)\)`), answers: true, do: func(s *Server, v []string) (string, error) {
		n := 0
		for name := range strings.SplitSeq(v[0], ",") {
			if s.running.cluster.slots[strings.Trim(name, " '")] != nil {
				n++
			}
		}
		return fmt.Sprint(n), nil
	}},
	{text: sql(`SELECT count\(\*\) FROM pg_roles WHERE rolname =` + quoted), answers: true, do: func(s *Server, v []string) (string, error) {
		return number(s.running.cluster.catalog.roles[v[0]] != nil), nil
	}},
	{text: sql(`SELECT pg_create_physical_replication_slot\(` + quoted + `, true\)`), answers: true, writes: true, do: (*Server).createSlot},
	{text: sql(`DO \$belt\$ DECLARE .*WHERE slot_name =` + quoted + `;.*pg_drop_replication_slot.*`), writes: true, do: func(s *Server, v []string) (string, error) {
		delete(s.running.cluster.slots, v[0])
		return "", nil
	}},
	{text: sql(`SELECT count\(\*\) FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid WHERE s.slot_name =` + quoted + ` AND r.state = 'streaming'`), answers: true, do: func(s *Server, v []string) (string, error) {
		return number(s.slotUser(v[0]) != nil), nil
	}},
	{text: sql(`SELECT coalesce\(pg_last_wal_replay_lsn\(\)::text, ''\)`), answers: true, do: func(s *Server, _ []string) (string, error) { return position(s.running.cluster.lsn), nil }},
	{text: sql(`SELECT pg_current_wal_flush_lsn\(\)`), answers: true, do: func(s *Server, _ []string) (string, error) {
		if s.running.recovery {
			return "", fmt.Errorf("recovery is in progress")
		}
		return position(s.running.cluster.lsn), nil
	}},
	{text: sql(`SELECT json_build_object\('system', .*pg_authid.*`), answers: true, do: func(s *Server, _ []string) (string, error) {
		c := s.running.cluster
		return fmt.Sprint(c.system, c.catalog.marks, sorted(c.catalog.roles)), nil
	}},

	{text: sql(`DO \$belt\$ BEGIN IF NOT EXISTS \(SELECT FROM pg_roles WHERE rolname =` + quoted + `\) THEN CREATE ROLE .*`), writes: true, changes: true, do: func(s *Server, v []string) (string, error) {
		if s.running.cluster.catalog.roles[v[0]] == nil {
			s.running.cluster.catalog.roles[v[0]] = &role{}
		}
		return "", nil
	}},
	{text: sql(`DO \$belt\$ DECLARE name text; BEGIN FOR name IN SELECT rolname FROM pg_roles WHERE .*'belt: replica %' LOOP EXECUTE .*DROP ROLE.*`), writes: true, changes: true, do: func(s *Server, _ []string) (string, error) {
		maps.DeleteFunc(s.running.cluster.catalog.roles, func(_ string, r *role) bool { return strings.HasPrefix(r.comment, "belt: replica ") })
		return "", nil
	}},
	{text: sql(`ALTER ROLE "(\w+)" WITH LOGIN REPLICATION .* PASSWORD` + quoted), writes: true, changes: true, do: func(s *Server, v []string) (string, error) {
		return "", s.role(v[0], func(r *role) { r.verifier = v[1] })
	}},
	{text: sql(`COMMENT ON ROLE "(\w+)" IS` + quoted), writes: true, changes: true, do: func(s *Server, v []string) (string, error) {
		return "", s.role(v[0], func(r *role) { r.comment = v[1] })
	}},
	{text: sql(`GRANT EXECUTE ON FUNCTION (\S+)\(.*\) TO "(\w+)"`), writes: true, changes: true, do: func(s *Server, v []string) (string, error) {
		return "", s.role(v[1], func(r *role) { r.grants = append(r.grants, v[0]) })
	}},
	{text: sql(`REVOKE EXECUTE ON FUNCTION (\S+)\(.*\) FROM "(\w+)"`), writes: true, changes: true, do: func(s *Server, v []string) (string, error) {
		return "", s.role(v[1], func(r *role) {
			r.grants = slices.DeleteFunc(r.grants, func(g string) bool { return g == v[0] })
		})
	}},
	{text: sql(`DO \$belt\$ BEGIN IF EXISTS \(SELECT FROM pg_roles WHERE rolname =` + quoted + `\) THEN .*DROP ROLE .*`), writes: true, changes: true, do: func(s *Server, v []string) (string, error) {
		delete(s.running.cluster.catalog.roles, v[0])
		return "", nil
	}},
}

func one(text string) func(*Server, []string) (string, error) {
	return func(*Server, []string) (string, error) { return text, nil }
}

func boolean(b bool) string {
	if b {
		return "t"
	}
	return "f"
}

func number(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func (s *Server) role(name string, change func(*role)) error {
	r := s.running.cluster.catalog.roles[name]
	if r == nil {
		return fmt.Errorf("role %q does not exist", name)
	}
	change(r)
	return nil
}

func (s *Server) createSlot(v []string) (string, error) {
	slots := s.running.cluster.slots
	if slots[v[0]] != nil {
		return "", fmt.Errorf("replication slot %q already exists", v[0])
	}
	slots[v[0]] = &slot{restart: s.running.cluster.lsn}
	return "(" + v[0] + ",)", nil
}
