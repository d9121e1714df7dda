# Two servers of the program $1 in the folder $2, on the ports $3 and $4, of which the second follows the first; they are
# filled by the script on the input. Both have an account that runs no scripts.
set -eu
program=$1-server client=$1-cli dir=$2
mkdir -p "$dir"
user='user plain on >plain ~* +@all -eval -evalsha'
for at in "primary $3" "replica $4"; do
	name=${at% *} port=${at#* }
	mkdir "$dir/$name"
	echo "$user" | tee "$dir/$name.conf" >/dev/null
	"$program" "$dir/$name.conf" --port "$port" --dir "$dir/$name" --daemonize yes --pidfile "$dir/$name.pid" --logfile "$dir/$name.log" \
		--save '' --repl-diskless-sync-delay 0 --repl-backlog-size 64mb
done
tries=0
until "$client" -p "$3" PING 2>/dev/null | grep -q PONG && "$client" -p "$4" PING 2>/dev/null | grep -q PONG; do
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || exit 1
	sleep 0.05
done
cat >"$dir/fill.lua"
for chunk in 1 2 3 4; do "$client" -p "$3" EVAL "$(cat "$dir/fill.lua")" 0 "$chunk"; done
"$client" -p "$4" REPLICAOF 127.0.0.1 "$3"
tries=0
until "$client" -p "$4" INFO replication | grep -q master_link_status:up; do
	tries=$((tries + 1))
	[ "$tries" -lt 400 ] || exit 1
	sleep 0.05
done
