# Changes one row in the standby's files behind its back.
set -e
cd /
home=/var/tmp/pair
bin=$(ls -d /usr/lib/postgresql/*/bin)
as() { runuser -u postgres -- "$@"; }
ask() { as "$bin/psql" -XqAt -h "$home" -p "$1" -d postgres -c "$2"; }
ask 6001 "CREATE TABLE marked (id int PRIMARY KEY, name text, v text) WITH (autovacuum_enabled = off)"
ask 6001 "INSERT INTO marked SELECT g, 'name of ' || g, 'value-' || g FROM generate_series(1, 10000) g"
ask 6001 "VACUUM FREEZE marked"
ask 6001 "CHECKPOINT"
want=$(ask 6001 "SELECT pg_current_wal_flush_lsn()")
for _ in $(seq 600); do
	[ "$(ask 6002 "SELECT pg_last_wal_replay_lsn() >= '$want'")" = t ] && break
	sleep 0.1
done
file=$home/standby/$(ask 6001 "SELECT pg_relation_filepath('marked')")
ask 6002 "CHECKPOINT" # so that it does not replay the rows once more
as "$bin/pg_ctl" -D "$home/standby" -m fast -w -s stop
at=$(LC_ALL=C grep -obUa 'value-4242' "$file" | cut -d: -f1)
printf 'value-4243' | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
as "$bin/pg_ctl" -D "$home/standby" -l "$home/standby.log" -w -s start
