-- survey
SET SESSION group_concat_max_len = 67108864, max_statement_time = 60;
SELECT JSON_OBJECT(
  'engines', JSON_COMPACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('engine', engine, 'tables', n, 'bytes', bytes, 'example', example)) FROM
    (SELECT engine, COUNT(*) AS n, COALESCE(SUM(data_length + index_length), 0) AS bytes, MIN(CONCAT(table_schema, '.', table_name)) AS example
      FROM information_schema.tables WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') AND engine IS NOT NULL GROUP BY engine) e), '[]')),
  'plugins', JSON_COMPACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('name', plugin_name, 'library', plugin_library)) FROM information_schema.plugins
    WHERE plugin_library IS NOT NULL AND plugin_status = 'ACTIVE'), '[]')),
  'events', JSON_COMPACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('schema', event_schema, 'name', event_name, 'status', status)) FROM information_schema.events), '[]')),
  'triggers', CAST((SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema <> 'sys') AS INTEGER),
  'encrypted', CAST((SELECT COUNT(*) FROM information_schema.innodb_tablespaces_encryption WHERE encryption_scheme > 0) AS INTEGER)
) AS json;
SELECT JSON_OBJECT('first_pos', BINLOG_GTID_POS(@first_log, 4)) AS json;
SELECT SUM(CAST(variable_value AS INTEGER)), NOW(6) INTO @writes, @at FROM information_schema.global_status
  WHERE variable_name IN ('COM_INSERT', 'COM_INSERT_SELECT', 'COM_UPDATE', 'COM_UPDATE_MULTI', 'COM_DELETE', 'COM_DELETE_MULTI', 'COM_REPLACE', 'COM_REPLACE_SELECT', 'COM_LOAD');
SELECT CAST(variable_value AS INTEGER) INTO @written FROM information_schema.global_status WHERE variable_name = 'INNODB_OS_LOG_WRITTEN';
DO SLEEP(0.6);
SELECT JSON_OBJECT(
  'writes', (SELECT SUM(CAST(variable_value AS INTEGER)) - @writes FROM information_schema.global_status
    WHERE variable_name IN ('COM_INSERT', 'COM_INSERT_SELECT', 'COM_UPDATE', 'COM_UPDATE_MULTI', 'COM_DELETE', 'COM_DELETE_MULTI', 'COM_REPLACE', 'COM_REPLACE_SELECT', 'COM_LOAD')),
  'log_per_sec', (SELECT (CAST(variable_value AS INTEGER) - @written) / GREATEST(0.1, TIMESTAMPDIFF(MICROSECOND, @at, NOW(6)) / 1e6)
    FROM information_schema.global_status WHERE variable_name = 'INNODB_OS_LOG_WRITTEN')
) AS json;
