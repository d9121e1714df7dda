package postgresql

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/install"
	"github.com/dbbelt/belt/pkg/replication"
)

// tunable are the settings that a replica takes over from its primary's files, beside those that scale with memory. What
// replication itself needs is not among them: enable sees to that.
const tunable = `'max_connections', 'superuser_reserved_connections', 'max_worker_processes', 'max_parallel_workers',
  'max_parallel_workers_per_gather', 'max_parallel_maintenance_workers', 'max_locks_per_transaction', 'max_prepared_transactions',
  'max_wal_senders', 'max_replication_slots', 'max_files_per_process', 'max_stack_depth', 'huge_pages', 'wal_buffers', 'temp_buffers',
  'max_wal_size', 'min_wal_size', 'checkpoint_timeout', 'checkpoint_completion_target', 'wal_compression', 'wal_level',
  'random_page_cost', 'seq_page_cost', 'effective_io_concurrency', 'maintenance_io_concurrency', 'default_statistics_target', 'jit',
  'hash_mem_multiplier', 'logical_decoding_work_mem', 'autovacuum_max_workers', 'autovacuum_naptime', 'autovacuum_vacuum_scale_factor',
  'autovacuum_analyze_scale_factor', 'autovacuum_vacuum_cost_limit', 'autovacuum_vacuum_cost_delay', 'bgwriter_delay',
  'bgwriter_lru_maxpages', 'shared_preload_libraries', 'session_preload_libraries', 'track_io_timing', 'track_activity_query_size',
  'log_min_duration_statement', 'statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout', 'tcp_keepalives_idle',
  'timezone', 'log_timezone', 'datestyle', 'default_text_search_config', 'port'`

// scaled are those that are amounts of memory for the whole server, or a share of it.
const scaled = `'shared_buffers', 'effective_cache_size', 'work_mem', 'maintenance_work_mem', 'autovacuum_work_mem'`

// needsSQL asks for what was set in files other than the data folder's own: that one is copied with the data. The unit of a
// setting is "8kB", "kB", "MB"; current_setting() writes the value with its unit.
const needsSQL = `SELECT json_build_object(
  'tuned', coalesce((SELECT json_agg(json_build_object('name', name, 'value', current_setting(name),
      'bytes', CASE WHEN name IN (` + scaled + `) THEN greatest(0, setting::bigint) * pg_size_bytes(CASE WHEN unit ~ '^[0-9]' THEN unit ELSE '1' || unit END) ELSE 0 END)
      ORDER BY name)
    FROM pg_settings WHERE source = 'configuration file' AND sourcefile NOT LIKE '%%postgresql.auto.conf' AND setting IS DISTINCT FROM boot_val
      AND name IN (` + scaled + `, ` + tunable + `)), '[]'),
  'locales', (SELECT json_agg(DISTINCT l) FROM (SELECT datcollate AS l FROM pg_database UNION SELECT datctype FROM pg_database
      UNION SELECT setting FROM pg_settings WHERE name LIKE 'lc\_%%' UNION SELECT collcollate FROM pg_collation WHERE oid >= 16384 AND collprovider = 'c') x WHERE l <> ''),
  'libraries', (SELECT string_agg(setting, ',') FROM pg_settings WHERE name IN ('shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries')),
  'pkglib', (SELECT setting FROM pg_config WHERE name = 'PKGLIBDIR'),
  'share', (SELECT setting FROM pg_config WHERE name = 'SHAREDIR'))`

// extensionsSQL asks one database for its extensions.
const extensionsSQL = `SELECT coalesce(string_agg(extname, ','), '') FROM pg_extension`

// Needs asks the primary which packages, locales and settings a fresh server needs.
func (e *Engine) Needs(ctx context.Context, primary replication.Facts) (replication.Needs, error) {
	n := nativeOf(primary)
	var answer struct {
		Tuned     []tunedSetting `json:"tuned"`
		Locales   []string       `json:"locales"`
		Libraries string         `json:"libraries"`
		PkgLib    string         `json:"pkglib"`
		Share     string         `json:"share"`
	}
	text, err := ask(ctx, primary, "ask what a replica of it needs", strings.ReplaceAll(needsSQL, "%%", "%"))
	if err == nil {
		err = json.Unmarshal([]byte(text), &answer)
	}
	if err != nil {
		return replication.Needs{}, err
	}
	files := []string{n.BinDir + "/postgres"}
	for _, library := range strings.Split(answer.Libraries, ",") {
		if library = strings.Trim(strings.TrimSpace(library), `"`); library != "" {
			files = append(files, answer.PkgLib+"/"+strings.TrimSuffix(library[strings.LastIndexByte(library, '/')+1:], ".so")+".so")
		}
	}
	extensions, err := e.extensions(ctx, primary)
	if err != nil {
		return replication.Needs{}, err
	}
	for _, name := range extensions {
		files = append(files, answer.Share+"/extension/"+name+".control")
	}
	owners, err := install.Owners(ctx, primary.Node.Runner, files...)
	if err != nil {
		return replication.Needs{}, err
	}
	major := strconv.Itoa(n.Version)
	main := "postgresql-" + major
	needs := replication.Needs{
		Product: "PostgreSQL " + major, Offers: "^postgresql-[0-9]+$", Locales: answer.Locales, Bytes: n.used(), Data: n.DataDir,
		Packages: []replication.Package{{Name: main, Series: major}}, Tuning: tuning(n),
	}
	for _, name := range owners {
		if name != main {
			needs.Packages = append(needs.Packages, replication.Package{Name: name})
		}
	}
	for _, t := range answer.Tuned {
		if t.Name != "port" || t.Value != "5432" {
			needs.Tuned = append(needs.Tuned, replication.Tuned(t))
		}
	}
	return needs, nil
}

type tunedSetting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Bytes int64  `json:"bytes"`
}

// extensions are those of all databases.
func (e *Engine) extensions(ctx context.Context, primary replication.Facts) ([]string, error) {
	n := nativeOf(primary)
	if n.survey == nil {
		return nil, nil
	}
	seen := map[string]bool{"plpgsql": true}
	var out []string
	for _, d := range n.survey.Databases {
		if !d.Connect {
			continue
		}
		names, err := statement{title: "ask for the extensions of " + d.Name, sql: extensionsSQL, database: strings.TrimPrefix(conninfo("dbname", d.Name), "dbname="), readOnly: true}.run(ctx, primary)
		if err != nil {
			return nil, err
		}
		for _, name := range strings.Split(names, ",") {
			if name != "" && !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// tuning is a file in the folder that Debian's postgresql.conf includes. A fresh server's cluster is called main.
func tuning(n *native) replication.Tuning {
	unit := fmt.Sprintf("postgresql@%d-main.service", n.Version)
	return replication.Tuning{
		File:   fmt.Sprintf("/etc/postgresql/%d/main/conf.d/belt-tuning.conf", n.Version),
		Render: renderTuning,
		Bytes:  func(b int64) string { return strconv.FormatInt(max(1, b>>10), 10) + "kB" },
		Apply:  "systemctl restart " + unit + " || { journalctl -n 20 --no-pager -u " + unit + " >&2; exit 1; }",
		Revert: "systemctl restart " + unit + " || :",
	}
}

func renderTuning(tuned []replication.Tuned) string {
	var b strings.Builder
	b.WriteString("# Written by Belt when it made this server a replica: what the primary has tuned, fitted to this server's memory.\n")
	for _, t := range tuned {
		fmt.Fprintf(&b, "%s = '%s'\n", t.Name, strings.ReplaceAll(t.Value, "'", "''"))
	}
	return b.String()
}
