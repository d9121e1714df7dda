SET SESSION group_concat_max_len = 67108864, max_execution_time = 60000, information_schema_stats_expiry = 86400;
SELECT JSON_OBJECT(
  'version', VERSION(), 'server_id', @@server_id, 'uuid', @@server_uuid, 'log_bin', CAST(IF(@@log_bin, 'true', 'false') AS JSON),
  'read_only', CAST(IF(@@read_only OR @@super_read_only, 'true', 'false') AS JSON),
  'executed', REPLACE(@@GLOBAL.gtid_executed, '\n', ''), 'purged', REPLACE(@@GLOBAL.gtid_purged, '\n', ''),
  'now', UNIX_TIMESTAMP(NOW(6)), 'made', (SELECT CAST(MIN(created) AS CHAR) FROM information_schema.routines WHERE routine_schema = 'sys'),
  'dirty_pages', (SELECT CAST(variable_value AS SIGNED) FROM performance_schema.global_status WHERE variable_name = 'Innodb_buffer_pool_pages_dirty'),
  'settings', (SELECT JSON_OBJECTAGG(v.variable_name, JSON_OBJECT('v', v.variable_value, 's', LOWER(i.variable_source), 'f', i.variable_path, 'p', p.variable_value))
    FROM performance_schema.global_variables v JOIN performance_schema.variables_info i USING (variable_name)
      LEFT JOIN performance_schema.persisted_variables p USING (variable_name)
    WHERE v.variable_name IN ('log_bin', 'log_bin_basename', 'server_id', 'binlog_format', 'binlog_row_image', 'binlog_expire_logs_seconds', 'binlog_expire_logs_auto_purge',
      'read_only', 'super_read_only', 'gtid_mode', 'enforce_gtid_consistency', 'log_replica_updates', 'log_slave_updates', 'relay_log_recovery', 'relay_log',
      'bind_address', 'skip_networking', 'skip_name_resolve', 'have_ssl', 'ssl_cert', 'ssl_key', 'ssl_ca', 'require_secure_transport', 'event_scheduler',
      'innodb_page_size', 'innodb_data_file_path', 'innodb_data_home_dir', 'innodb_log_group_home_dir', 'innodb_undo_directory',
      'lower_case_table_names', 'innodb_flush_log_at_trx_commit', 'sync_binlog', 'max_connections', 'max_allowed_packet',
      'persisted_globals_load', 'innodb_read_only', 'datadir', 'tmpdir', 'character_set_server', 'collation_server', 'default_authentication_plugin')),
  'filters', (SELECT COUNT(*) FROM performance_schema.replication_applier_global_filters) + (SELECT COUNT(*) FROM performance_schema.replication_applier_filters),
  'accounts', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('name', user, 'host', host)) FROM mysql.user WHERE user LIKE 'belt\_%'), JSON_ARRAY()),
  'dumps', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('user', user, 'host', host)) FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'), JSON_ARRAY()),
  'clients', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('user', p.user, 'host', p.host, 'database', COALESCE(p.db, ''), 'writing', CAST(IF(COALESCE(t.trx_rows_modified, 0) > 0, 'true', 'false') AS JSON)))
    FROM information_schema.processlist p LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id
    WHERE p.id <> CONNECTION_ID() AND p.command NOT LIKE 'Binlog Dump%' AND p.command NOT IN ('Daemon', 'Connect', 'Clone') AND p.user NOT IN ('system user', 'event_scheduler')), JSON_ARRAY())
) AS json;
SELECT JSON_OBJECT('tls', value) AS json FROM performance_schema.tls_channel_status WHERE channel = 'mysql_main' AND property = 'Enabled';
SHOW REPLICA STATUS;
SHOW BINARY LOGS;
SHOW BINARY LOG STATUS;
SHOW MASTER STATUS;
SHOW SLAVE STATUS;
