-- What an instance says of itself, as one JSON object a line. Works from PostgreSQL 13; to_jsonb() reads columns that
-- only newer versions have.
SELECT 'json=' || json_build_object(
  'version_num', current_setting('server_version_num')::int,
  'server_version', split_part(current_setting('server_version'), ' ', 1),
  'system_identifier', (SELECT system_identifier::text FROM pg_control_system()),
  'started', (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text,
  'in_recovery', pg_is_in_recovery(),
  'timeline', CASE WHEN pg_is_in_recovery()
    THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver), (SELECT timeline_id FROM pg_control_checkpoint()))
    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
  'lsn', CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END,
  'received', pg_last_wal_receive_lsn(),
  'replay_stamp', extract(epoch FROM pg_last_xact_replay_timestamp()),
  'now', extract(epoch FROM clock_timestamp()),
  'replay_paused', CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
  'settings', (SELECT json_object_agg(name, json_build_object('v', setting, 's', source, 'f', coalesce(sourcefile, ''), 'p', pending_restart))
    FROM pg_settings WHERE name IN ('wal_level', 'max_wal_senders', 'max_replication_slots', 'max_slot_wal_keep_size',
      'wal_keep_size', 'listen_addresses', 'port', 'ssl', 'ssl_cert_file', 'ssl_key_file', 'ssl_ca_file', 'password_encryption', 'hba_file',
      'config_file', 'data_directory', 'hot_standby', 'max_connections', 'max_worker_processes', 'max_prepared_transactions',
      'max_locks_per_transaction', 'wal_log_hints', 'data_checksums', 'full_page_writes', 'primary_conninfo',
      'primary_slot_name', 'block_size', 'wal_segment_size', 'shared_buffers', 'allow_alter_system', 'synchronous_standby_names',
      'idle_replication_slot_timeout', 'archive_mode', 'shared_preload_libraries', 'unix_socket_directories')),
  'receiver', (SELECT json_build_object('status', status, 'host', coalesce(sender_host, ''), 'port', coalesce(sender_port, 0),
      'slot', coalesce(slot_name, '')) FROM pg_stat_wal_receiver),
  'senders', coalesce((SELECT json_agg(json_build_object('application', coalesce(application_name, ''), 'client', coalesce(host(client_addr), ''),
      'state', coalesce(state, ''), 'slot', coalesce(s.slot_name, ''), 'user', coalesce(usename, ''), 'replayed', coalesce(replay_lsn::text, ''),
      'replay_lag', coalesce(extract(epoch FROM replay_lag), 0)) ORDER BY r.pid)
    FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid), '[]'),
  'slots', coalesce((SELECT json_agg(json_build_object('name', slot_name, 'active', active, 'status', coalesce(wal_status, ''),
      'retained', coalesce(greatest(0, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
        ELSE pg_current_wal_lsn() END, restart_lsn)), 0)::bigint,
      'restart', coalesce(restart_lsn::text, ''), 'physical', slot_type = 'physical', 'temporary', temporary) ORDER BY slot_name)
    FROM pg_replication_slots), '[]'),
  'roles', coalesce((SELECT json_agg(json_build_object('name', rolname, 'note', coalesce(shobj_description(oid, 'pg_authid'), '')) ORDER BY rolname)
    FROM pg_roles WHERE rolname LIKE 'belt\_%'), '[]'),
  'hba', coalesce((SELECT json_agg(line) FROM regexp_split_to_table(pg_read_file(current_setting('hba_file')), '\r?\n') line
    WHERE line !~ '^\s*(#.*)?$'), '[]'),
  'clients', coalesce((SELECT json_agg(json_build_object('user', usename, 'database', coalesce(datname, ''),
      'address', coalesce(host(client_addr), ''), 'state', coalesce(state, ''), 'writing', backend_xid IS NOT NULL))
    FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name NOT LIKE 'belt%'), '[]'),
  'tablespaces', coalesce((SELECT json_agg(json_build_object('name', spcname, 'path', pg_tablespace_location(oid)) ORDER BY spcname)
    FROM pg_tablespace WHERE pg_tablespace_location(oid) <> ''), '[]')
);
\if :{?depth}
SELECT :'depth' = 'survey' AS survey \gset
\if :survey
SELECT 'json=' || json_build_object(
  'databases', coalesce((SELECT json_agg(json_build_object('name', datname, 'bytes', pg_database_size(oid),
      'provider', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), 'collation', datcollate,
      'version', coalesce(to_jsonb(d) ->> 'datcollversion', ''), 'connect', datallowconn) ORDER BY datname) FROM pg_database d), '[]'),
  'wal_bytes', (SELECT sum(size) FROM pg_ls_waldir()),
  'oldest_wal', (SELECT coalesce('00000000' || min(substr(name, 9)), '') FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'),
  'locales', (SELECT json_object_agg(k, v) FROM (SELECT collprovider::text AS k, max(pg_collation_actual_version(oid)) AS v
      FROM pg_collation WHERE collprovider IN ('c', 'i') AND pg_collation_actual_version(oid) IS NOT NULL GROUP BY 1) x),
  'hba_errors', coalesce((SELECT json_agg('line ' || line_number || ': ' || error) FROM pg_hba_file_rules WHERE error IS NOT NULL), '[]'));
-- Every transaction that changes something takes a number, at once; the statistics would tell of it up to a second later.
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS transactions,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END AS lsn,
  extract(epoch FROM clock_timestamp()) AS t \gset
SELECT pg_sleep(0.6) \g /dev/null
SELECT 'json=' || json_build_object(
  'writes', pg_snapshot_xmax(pg_current_snapshot())::text::bigint - :transactions,
  'wal_per_sec', (pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END, :'lsn')
     / greatest(0.1, extract(epoch FROM clock_timestamp()) - :t))::float8);
\endif
\endif
