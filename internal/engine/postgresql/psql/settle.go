package psql

// settle makes the session read-only, bounded, quiet, and its output independent of the server's configuration; each
// setting where the version has it and the role may. It returns the server process that serves the session.
//
// client_connection_check_interval and idle_session_timeout are there from PostgreSQL 14. JIT and parallel workers
// would turn a bounded load into a burst.
const settle = `SELECT json_build_array(pg_catalog.pg_backend_pid(),
  (SELECT extract(epoch FROM backend_start)::text FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()),
  (SELECT count(pg_catalog.set_config(s.name, v.value, false)) FROM pg_catalog.pg_settings s JOIN (VALUES
    ('application_name', 'belt'),
    ('default_transaction_read_only', 'on'),
    ('default_transaction_isolation', 'read committed'),
    ('default_transaction_deferrable', 'off'),
    ('idle_in_transaction_session_timeout', '60s'),
    ('idle_session_timeout', '30min'),
    ('lock_timeout', '5s'),
    ('statement_timeout', '10min'),
    ('client_connection_check_interval', '2s'),
    ('client_min_messages', 'error'),
    ('client_encoding', CASE pg_catalog.current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END),
    ('search_path', 'pg_catalog'),
    ('standard_conforming_strings', 'on'),
    ('quote_all_identifiers', 'off'),
    ('datestyle', 'ISO, YMD'),
    ('intervalstyle', 'iso_8601'),
    ('timezone', 'UTC'),
    ('extra_float_digits', '1'),
    ('bytea_output', 'hex'),
    ('lc_monetary', 'C'),
    ('row_security', 'off'),
    ('jit', 'off'),
    ('max_parallel_workers_per_gather', '0'),
    ('enable_seqscan', 'off'),
    ('log_statement', 'none'),
    ('log_duration', 'off'),
    ('log_min_duration_statement', '-1'),
    ('log_min_duration_sample', '-1'),
    ('log_min_error_statement', 'panic'),
    ('log_min_messages', 'error')
  ) AS v (name, value) ON v.name = lower(s.name)
  WHERE s.context = 'user' OR (s.context = 'superuser' AND pg_catalog.current_setting('is_superuser') = 'on')))`
