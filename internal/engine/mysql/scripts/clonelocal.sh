# Has the server copy its data into a folder beside its own (CLONE LOCAL), and streams that to stdout. $1 client, $2 socket,
# $3 folder, $4 the server's user. In $BELT_FILES, where an account is needed: admin.cnf. Follows endclone.sh.
set -eu
client=$1 socket=$2 folder=$3 owner=$4
if [ -e "$BELT_FILES/admin.cnf" ]; then
	set -- "--defaults-file=$BELT_FILES/admin.cnf"
else
	set -- --no-defaults --user=root
fi
sql() { "$client" "$@" --protocol=socket --socket="$socket" --batch --raw --skip-column-names --connect-timeout=10; }
rm -rf "$folder"
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
: >session
install -d -m 0700 -o "$owner" -g "$(id -gn "$owner")" "$folder"
loaded=$(echo "SELECT COUNT(*) FROM information_schema.plugins WHERE plugin_name = 'clone' AND plugin_status = 'ACTIVE'" | sql "$@")
# A replica may write for this alone, and logs nothing of it.
locked=$(echo 'SELECT @@GLOBAL.super_read_only' | sql "$@")
quietly() {
	{
		echo 'SET SESSION sql_log_bin = 0;'
		[ "$locked" = 0 ] || echo 'SET GLOBAL super_read_only = OFF;'
		echo "$sql;"
		[ "$locked" = 0 ] || echo 'SET GLOBAL super_read_only = ON;'
	} | sql "$@"
}
[ "$loaded" != 0 ] || sql="INSTALL PLUGIN clone SONAME 'mysql_clone.so'" quietly "$@"
unload() { [ "$loaded" != 0 ] || sql='UNINSTALL PLUGIN clone' quietly "$@"; }
halt() {
	trap '' HUP INT TERM
	end_clone "$@"
	unload "$@"
	exit 1
}
code=0
trap 'halt "$@"' HUP INT TERM
echo "SELECT CONNECTION_ID(); CLONE LOCAL DATA DIRECTORY = '$folder/data'" | sql "$@" --unbuffered >session || code=$?
trap 'exit 1' HUP INT TERM
[ "$code" != 0 ] || echo 'SELECT REPLACE(gtid_executed, CHAR(10), SPACE(0)) FROM performance_schema.clone_status ORDER BY id DESC LIMIT 1' | sql "$@" >position
[ -s position ] || echo "SELECT CONCAT(binlog_file, ':', binlog_position) FROM performance_schema.clone_status ORDER BY id DESC LIMIT 1" | sql "$@" >position || :
unload "$@"
[ "$code" = 0 ] || exit "$code"
[ -s "$folder/data/mysql.ibd" ] || { echo "the copy has no mysql.ibd: it is not whole" >&2; exit 1; }
tar -C "$folder/data" -c -f - .
