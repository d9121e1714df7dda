-- survey
SET SESSION group_concat_max_len = 67108864, max_execution_time = 60000, information_schema_stats_expiry = 0;
SELECT JSON_OBJECT(
  'engines', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('engine', engine, 'tables', n, 'bytes', bytes, 'example', example)) FROM
    (SELECT engine, COUNT(*) AS n, CAST(COALESCE(SUM(data_length + IF(engine = 'InnoDB', index_length, 0)), 0) AS SIGNED) AS bytes, MIN(CONCAT(table_schema, '.', table_name)) AS example
      FROM information_schema.tables WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') AND engine IS NOT NULL GROUP BY engine) e), JSON_ARRAY()),
  'plugins', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('name', plugin_name, 'library', plugin_library)) FROM information_schema.plugins
    WHERE plugin_library IS NOT NULL AND plugin_status = 'ACTIVE'), JSON_ARRAY()),
  'events', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('schema', event_schema, 'name', event_name, 'status', status)) FROM information_schema.events), JSON_ARRAY()),
  'triggers', (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema <> 'sys'),
  'floats', (SELECT JSON_OBJECT('columns', COUNT(*), 'example', COALESCE(MIN(CONCAT(table_schema, '.', table_name, '.', column_name)), '')) FROM information_schema.columns
    WHERE data_type = 'float' AND generation_expression = '' AND table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')),
  'encrypted', (SELECT COUNT(*) FROM information_schema.innodb_tablespaces WHERE encryption = 'Y')
) AS json;
SELECT SUM(CAST(variable_value AS SIGNED)), NOW(6) INTO @writes, @at FROM performance_schema.global_status
  WHERE variable_name IN ('Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted');
SELECT CAST(variable_value AS SIGNED) INTO @written FROM performance_schema.global_status WHERE variable_name = 'Innodb_os_log_written';
DO SLEEP(0.6);
SELECT JSON_OBJECT(
  'writes', (SELECT SUM(CAST(variable_value AS SIGNED)) - @writes FROM performance_schema.global_status
    WHERE variable_name IN ('Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted')),
  'log_per_sec', (SELECT (CAST(variable_value AS SIGNED) - @written) / GREATEST(0.1, TIMESTAMPDIFF(MICROSECOND, @at, NOW(6)) / 1e6)
    FROM performance_schema.global_status WHERE variable_name = 'Innodb_os_log_written')
) AS json;
