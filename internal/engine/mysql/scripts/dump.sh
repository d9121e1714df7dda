# Streams all databases and accounts of the running MySQL to stdout, as SQL. $1 socket, $2 the option that notes the position,
# $3 the option that makes it consistent. The admin account, if there is one, comes in the file admin.cnf; without it, it is
# root through the socket.
set -eu
if [ -e "$BELT_FILES/admin.cnf" ]; then
	login=--defaults-file=$BELT_FILES/admin.cnf user=
else
	login=--no-defaults user=--user=root
fi
# The statistics lie in a tablespace in which nobody may make tables; the new server has its own.
# shellcheck disable=SC2086
exec mysqldump "$login" $user --protocol=socket --socket="$1" --all-databases "$3" "$2" --set-gtid-purged=ON \
	--routines --triggers --events --hex-blob --default-character-set=utf8mb4 --max-allowed-packet=1G \
	--ignore-table=mysql.innodb_index_stats --ignore-table=mysql.innodb_table_stats
