# Streams a base backup of the running instance to stdout, as one tar archive with all the WAL that it needs. $1 bin folder,
# $2 socket folder, $3 port.
set -eu
bin=$1 socket=$2 port=$3
psql() { "$bin/psql" -X -q -At -w -v ON_ERROR_STOP=1 -d "dbname=postgres host=$socket port=$port application_name=belt" "$@"; }
# A stream to stdout takes its WAL at the end ("-X fetch"). A slot keeps it until then: a temporary one, of a session that is
# held for the time of the copy, so that whatever ends this, no slot is left that would fill the disk.
mkfifo hold
psql <hold >held 2>&1 &
exec 4>hold
trap 'exec 4>&-' EXIT
trap 'exit 1' HUP INT TERM
echo "SELECT 'slot ' || slot_name FROM pg_create_physical_replication_slot('backup_by_belt_$$', true, true);" >&4
tries=0
until grep -q '^slot ' held; do
	tries=$((tries + 1))
	if grep -qE 'ERROR|FATAL|psql: error' held || [ "$tries" -gt 300 ]; then
		cat held >&2
		exit 1
	fi
	sleep 0.1
done
psql -c "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END" >position
"$bin/pg_basebackup" -w -d "host=$socket port=$port application_name=belt" -D - -Ft -X fetch -c fast --manifest-checksums=SHA256 4>&-
