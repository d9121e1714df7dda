SET SESSION group_concat_max_len = 67108864, max_statement_time = 60;
SELECT JSON_OBJECT(
  'version', VERSION(), 'server_id', @@server_id, 'log_bin', @@log_bin = 1, 'read_only', @@read_only = 1,
  'binlog_pos', @@gtid_binlog_pos, 'binlog_state', @@gtid_binlog_state, 'slave_pos', @@gtid_slave_pos,
  'now', UNIX_TIMESTAMP(NOW(6)), 'made', (SELECT CAST(MIN(created) AS CHAR) FROM mysql.proc WHERE db IN ('mysql', 'sys')),
  'dirty_pages', (SELECT CAST(variable_value AS INTEGER) FROM information_schema.global_status WHERE variable_name = 'INNODB_BUFFER_POOL_PAGES_DIRTY'),
  'settings', (SELECT JSON_OBJECTAGG(LOWER(variable_name), JSON_OBJECT('v', COALESCE(global_value, ''), 's', LOWER(global_value_origin), 'f', COALESCE(global_value_path, '')))
    FROM information_schema.system_variables WHERE variable_name IN ('log_bin', 'log_bin_basename', 'server_id', 'binlog_format', 'binlog_row_image',
      'expire_logs_days', 'binlog_expire_logs_seconds', 'read_only', 'gtid_strict_mode', 'gtid_domain_id', 'log_slave_updates', 'relay_log_recovery', 'relay_log',
      'bind_address', 'skip_networking', 'skip_name_resolve', 'have_ssl', 'ssl_cert', 'ssl_key', 'ssl_ca', 'require_secure_transport', 'event_scheduler',
      'innodb_page_size', 'innodb_data_file_path', 'innodb_data_home_dir', 'innodb_log_group_home_dir', 'innodb_undo_directory', 'innodb_undo_tablespaces',
      'lower_case_table_names', 'innodb_flush_log_at_trx_commit', 'sync_binlog', 'max_connections', 'max_allowed_packet',
      'slave_connections_needed_for_purge', 'slave_run_triggers_for_rbr', 'innodb_encrypt_tables', 'wsrep_on', 'innodb_read_only', 'replicate_do_db', 'replicate_ignore_db',
      'replicate_do_table', 'replicate_ignore_table', 'replicate_wild_do_table', 'replicate_wild_ignore_table', 'datadir', 'tmpdir', 'character_set_server', 'collation_server')),
  'accounts', JSON_COMPACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('name', user, 'host', host)) FROM mysql.user WHERE user LIKE 'belt\_%'), '[]')),
  'dumps', JSON_COMPACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('user', user, 'host', host)) FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'), '[]')),
  'clients', JSON_COMPACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('user', p.user, 'host', p.host, 'database', COALESCE(p.db, ''), 'writing', COALESCE(t.trx_rows_modified, 0) > 0))
    FROM information_schema.processlist p LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id
    WHERE p.id <> CONNECTION_ID() AND p.command NOT LIKE 'Binlog Dump%' AND p.command NOT IN ('Daemon', 'Slave_IO', 'Slave_SQL', 'Slave_worker') AND p.user NOT IN ('system user', 'event_scheduler')), '[]'))
) AS json;
SHOW MASTER STATUS;
SHOW BINARY LOGS;
SHOW ALL SLAVES STATUS;
