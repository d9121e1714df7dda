package mysql

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/install"
	"github.com/dbbelt/belt/pkg/replication"
)

// tunable are the options that a replica takes over from its primary's files; true for those that are amounts of memory
// for the whole server. What replication itself needs is not among them: enable sees to that.
var tunable = map[string]bool{
	"innodb_buffer_pool_size": true, "key_buffer_size": true, "aria_pagecache_buffer_size": true, "query_cache_size": true,

	"innodb_log_file_size": false, "innodb_log_buffer_size": false, "innodb_redo_log_capacity": false, "innodb_flush_method": false,
	"innodb_io_capacity": false, "innodb_io_capacity_max": false, "innodb_file_per_table": false, "innodb_autoinc_lock_mode": false,
	"innodb_buffer_pool_instances": false, "innodb_lock_wait_timeout": false, "innodb_strict_mode": false,
	"max_connections": false, "max_allowed_packet": false, "max_heap_table_size": false, "tmp_table_size": false,
	"sort_buffer_size": false, "join_buffer_size": false, "read_buffer_size": false, "read_rnd_buffer_size": false,
	"table_open_cache": false, "table_definition_cache": false, "open_files_limit": false, "thread_cache_size": false, "thread_handling": false,
	"back_log": false, "wait_timeout": false, "interactive_timeout": false, "net_read_timeout": false, "net_write_timeout": false,
	"character_set_server": false, "collation_server": false, "sql_mode": false, "lower_case_table_names": false,
	"explicit_defaults_for_timestamp": false, "default_storage_engine": false, "group_concat_max_len": false, "query_cache_type": false,
	"slow_query_log": false, "long_query_time": false, "skip_name_resolve": false, "binlog_format": false, "port": false,
}

// Needs asks the primary which packages and options a fresh server needs.
func (e *Engine) Needs(ctx context.Context, primary replication.Facts) (replication.Needs, error) {
	n := nativeOf(primary)
	tuned, err := tunedOptions(ctx, primary)
	if err != nil {
		return replication.Needs{}, err
	}
	files := []string{"unit:" + n.Service, n.Program}
	if e.flavour == mariaDB {
		files = append(files, "/usr/bin/mariadb-backup", "/usr/bin/mbstream")
	}
	if n.survey != nil {
		folder, err := ask(ctx, primary, "ask for the folder of the plugins", "SELECT @@GLOBAL.plugin_dir")
		if err != nil {
			return replication.Needs{}, err
		}
		for _, p := range n.survey.Plugins {
			if p.Library != "" {
				files = append(files, strings.TrimSuffix(folder, "/")+"/"+p.Library)
			}
		}
	}
	owners, err := install.Owners(ctx, primary.Node.Runner, files...)
	if err != nil {
		return replication.Needs{}, err
	}
	series := n.version.series()
	needs := replication.Needs{
		Product: e.flavour.title() + " " + series, Offers: "^(mariadb|mysql)-server(-[0-9.]+)?$", Bytes: n.dataBytes(), Data: n.DataDir,
		Tuned: tuned, Tuning: tuning(n),
	}
	if len(owners) == 0 {
		owners = []string{string(e.flavour) + "-server"} // the primary was not installed from packages
	}
	if e.flavour == mariaDB && !slices.Contains(owners, "mariadb-backup") {
		owners = append(owners, "mariadb-backup")
	}
	for _, name := range owners {
		p := replication.Package{Name: name}
		if strings.HasPrefix(name, string(e.flavour)) {
			p.Series = series
		}
		needs.Packages = append(needs.Packages, p)
	}
	return needs, nil
}

// tunedOptions are the options that the primary's files set, or SET PERSIST does.
func tunedOptions(ctx context.Context, primary replication.Facts) ([]replication.Tuned, error) {
	n := nativeOf(primary)
	sql := "SELECT LOWER(variable_name), COALESCE(global_value, ''), COALESCE(global_value_path, '') FROM information_schema.system_variables " +
		"WHERE global_value_origin = 'CONFIG' AND COALESCE(global_value, '') <> COALESCE(default_value, '')"
	if n.flavour == mySQL {
		sql = "SELECT LOWER(variable_name), v.variable_value, i.variable_path FROM performance_schema.global_variables v " +
			"JOIN performance_schema.variables_info i USING (variable_name) WHERE i.variable_source IN ('GLOBAL', 'SERVER', 'EXPLICIT', 'PERSISTED')"
	}
	out, err := ask(ctx, primary, "ask what is tuned", sql+" ORDER BY 1")
	if err != nil {
		return nil, err
	}
	var tuned []replication.Tuned
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 || strings.HasSuffix(f[2], "/"+dropInName) || f[0] == "port" && f[1] == "3306" {
			continue
		}
		memory, known := tunable[f[0]]
		if !known {
			continue
		}
		t := replication.Tuned{Name: f[0], Value: f[1]}
		if memory {
			t.Bytes, _ = strconv.ParseInt(f[1], 10, 64)
		}
		tuned = append(tuned, t)
	}
	return tuned, nil
}

// tuning is a file beside Belt's own, and read before that.
func tuning(n *native) replication.Tuning {
	if n.DropIns == "" {
		return replication.Tuning{}
	}
	return replication.Tuning{
		File: n.DropIns + "/zy-belt-tuning.cnf",
		Render: func(tuned []replication.Tuned) string {
			var b strings.Builder
			b.WriteString("# Written by Belt when it made this server a replica: what the primary has tuned, fitted to this server's memory.\n[mysqld]\n")
			for _, t := range tuned {
				fmt.Fprintf(&b, "%s = %s\n", t.Name, t.Value)
			}
			return b.String()
		},
		Bytes:  func(b int64) string { return strconv.FormatInt(b, 10) },
		Apply:  "systemctl restart " + n.Service + " || { journalctl -n 20 --no-pager -u " + n.Service + " >&2; exit 1; }",
		Revert: "systemctl restart " + n.Service + " || :",
	}
}
