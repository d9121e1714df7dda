# Streams a base backup of the running instance to stdout, as one tar archive with all the WAL that it needs. $1 bin folder,
# $2 socket folder, $3 port, $4 name of a slot for the time of the copy.
set -eu
bin=$1 socket=$2 port=$3 slot=$4
sql() { "$bin/psql" -X -q -At -w -v ON_ERROR_STOP=1 -d "dbname=postgres host=$socket port=$port application_name=belt" -c "$1"; }
drop() { sql "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$slot' AND NOT active" >/dev/null 2>&1 || :; }
# A stream to stdout takes its WAL at the end ("-X fetch"): the slot keeps it until then.
drop
sql "SELECT pg_create_physical_replication_slot('$slot', true)" >/dev/null
trap drop EXIT
trap 'exit 1' HUP INT TERM
sql "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END" >position
"$bin/pg_basebackup" -w -d "host=$socket port=$port application_name=belt" -D - -Ft -X fetch -c fast --manifest-checksums=SHA256
