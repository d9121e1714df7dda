# Makes a data folder of a base backup's archive from stdin, proves it against its manifest, and takes out what would make
# it a replica of another server. $1 folder, $2 bin folder.
set -eu
new=$1 bin=$2
find "$new" -mindepth 1 -delete
chmod 0700 "$new"
tar -x -f - -C "$new"
[ -s "$new/backup_manifest" ] || { echo "the archive has no manifest: it is not whole" >&2; exit 1; }
"$bin/pg_verifybackup" -q "$new" >&2
rm -f "$new/standby.signal" "$new/recovery.signal"
auto=$new/postgresql.auto.conf
if [ -e "$auto" ]; then
	grep -vE '^[[:space:]]*(primary_conninfo|primary_slot_name|recovery_target_timeline|recovery_min_apply_delay|restore_command)[[:space:]]*=' \
		"$auto" >"$auto.new" || :
	mv "$auto.new" "$auto"
fi
