# For $1 seconds: rows, tables and definitions of the primary change in every way that confuses a comparison.
cd /
home=/var/tmp/pair
bin=$(ls -d /usr/lib/postgresql/*/bin)
end=$(($(date +%s) + $1))
psql() { runuser -u postgres -- "$bin/psql" -XqAt -h "$home" -p 6001 -d postgres; }
loop() { while [ "$(date +%s)" -lt "$end" ]; do echo "$1" | psql; done; }
psql <<'END'
CREATE TABLE rewritten (id serial PRIMARY KEY, v text);
INSERT INTO rewritten (v) SELECT repeat('x', g % 300) FROM generate_series(1, 5000) g;
CREATE TABLE emptied (id serial, v text);
CREATE TABLE altered (id int PRIMARY KEY, v text);
INSERT INTO altered SELECT g, g FROM generate_series(1, 2000) g;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE moods (id int, m mood);
INSERT INTO moods SELECT g, 'a' FROM generate_series(1, 500) g;
CREATE SEQUENCE called;
CREATE UNLOGGED TABLE unlogged (a int);
END
{
	loop "INSERT INTO emptied (v) SELECT repeat(md5(g::text), 100) FROM generate_series(1, 100) g; TRUNCATE emptied; INSERT INTO emptied (v) VALUES (1);" &
	loop "UPDATE rewritten SET v = v || 'y' WHERE id % 37 = 0; VACUUM FULL rewritten; DELETE FROM rewritten WHERE id % 41 = 0;" &
	loop "ALTER TABLE altered ADD more int DEFAULT 5; ALTER TABLE altered DROP more; ALTER TABLE altered RENAME TO other; ALTER TABLE other RENAME TO altered;" &
	loop "BEGIN; SAVEPOINT a; UPDATE moods SET m = 'b' WHERE id % 10 = 1; ROLLBACK TO a; SELECT * FROM moods WHERE id % 7 = 1 FOR UPDATE; UPDATE moods SET m = 'a' WHERE id % 10 = 2; COMMIT;" &
	loop "SELECT nextval('called') FROM generate_series(1, 100); CREATE TABLE brief (a int PRIMARY KEY); DROP TABLE brief;" &
	loop "SELECT lo_from_bytea(0, 'large object'); VACUUM ANALYZE; SELECT lo_unlink(oid) FROM pg_largeobject_metadata LIMIT 1;" &
	runuser -u postgres -- "$bin/pgbench" -h "$home" -p 6001 --no-vacuum --client 2 --time "$1" postgres &
	wait
} >/dev/null 2>&1
