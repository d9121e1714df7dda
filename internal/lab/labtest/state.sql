SELECT 'role ' || rolname, concat_ws(' ', CASE WHEN rolsuper THEN 'super' END, CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolcanlogin THEN 'login' END, rolconnlimit, md5(rolpassword))
FROM pg_authid;
SELECT 'slot ' || slot_name, slot_type FROM pg_replication_slots WHERE NOT temporary;
SELECT 'replica ' || application_name, host(client_addr) FROM pg_stat_replication;
SELECT 'setting ' || name, replace(setting, E'\n', ' ') || ' ' || coalesce(sourcefile, '')
FROM pg_settings WHERE context <> 'internal' AND source NOT IN ('client', 'session');
SELECT 'pending restart ' || name, setting FROM pg_settings WHERE pending_restart;
SELECT 'hba ' || line_number, concat_ws(' ', type, database::text, user_name::text, address, netmask, auth_method, error) FROM pg_hba_file_rules;
SELECT 'in recovery', pg_is_in_recovery();
SELECT 'rights on ' || p.oid::regprocedure::text, replace(p.proacl::text, '|', '!') FROM pg_proc p WHERE p.proname IN ('pg_ls_dir', 'pg_stat_file', 'pg_read_binary_file') AND proacl IS NOT NULL;
