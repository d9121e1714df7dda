# What a server says of one instance of Redis or Valkey. Reads only. Follows host.sh, notes.sh, conf.sh, login.sh.
# $1 redis|valkey, which of the two comes first where there are both; $2 port, $3 folder of the configuration, $4 data
# folder, $5 systemd unit (each may be empty); $6 glance|survey. The input is a command that logs in, or an empty line, and
# then the commands to ask, with a line #pause where some time has to pass.
# Prints name=value lines; the client's output follows after a line "answers".

# The units: those of Debian's layout, those of running servers, and the one that the inventory names.
units() {
	for conf in /etc/redis/redis.conf /etc/redis/redis-*.conf /etc/valkey/valkey.conf /etc/valkey/valkey-*.conf; do
		[ -f "$conf" ] || continue
		name=${conf##*/}
		name=${name%.conf}
		case $name in
		redis | valkey) echo "$name-server.service" ;;
		redis-sentinel | valkey-sentinel) ;;
		redis-*) echo "redis-server@${name#redis-}.service" ;;
		valkey-*) echo "valkey-server@${name#valkey-}.service" ;;
		esac
	done
	for pid in $(pgrep -x 'redis-server|valkey-server'); do
		sed -n 's/.*\/\([^/]*\.service\)$/\1/p' "/proc/$pid/cgroup" | head -n 1
	done
	[ -z "$1" ] || echo "$1"
}
# One line for each unit that is loaded and either runs or is meant to: unit|pid|state|user|group|program|conf|arguments
instances() {
	list=$(units "$1" | sort -u)
	[ -n "$list" ] || return
	# shellcheck disable=SC2086
	systemctl show -p Id,LoadState,ActiveState,UnitFileState,MainPID,User,Group,ExecStart $list 2>/dev/null | awk -v named="$1" '
	function flush() {
		if (v["LoadState"] == "loaded" && (v["MainPID"] + 0 > 0 || v["UnitFileState"] ~ /^(enabled|static|alias)/ || v["ActiveState"] == "failed" || v["Id"] == named)) {
			argv = v["ExecStart"]
			sub(/.*argv\[\]=/, "", argv)
			sub(/ ; .*/, "", argv)
			n = split(argv, word, " ")
			conf = (n > 1 && word[2] !~ /^--/) ? word[2] : ""
			rest = ""
			for (i = (conf == "" ? 2 : 3); i <= n; i++) rest = rest (rest == "" ? "" : " ") word[i]
			print v["Id"] "|" v["MainPID"] "|" v["ActiveState"] "|" v["User"] "|" v["Group"] "|" word[1] "|" conf "|" rest
		}
		split("", v)
	}
	/^$/ { flush(); next }
	{ i = index($0, "="); v[substr($0, 1, i - 1)] = substr($0, i + 1) }
	END { flush() }'
}
last() { # $1 directive, $2 default; reads what directives prints
	awk -v name="$1" -v value="$2" '{ text = $0; sub(/^[^\t]*\t[^\t]*\t/, "", text); word = tolower(text); sub(/[ \t].*/, "", word)
		if (word == name) { sub(/^[^ \t]+[ \t]*/, "", text); gsub(/^"|"$/, "", text); value = text } } END { print value }'
}

all=$(instances "$5" | sort -u)
chosen=$(echo "$all" | while IFS='|' read -r unit pid state user group program conf rest; do
	[ -n "$unit" ] || continue
	[ -z "$5" ] || [ "$unit" = "$5" ] || [ "$unit" = "$5.service" ] || continue
	listed=$(directives "$conf")
	at=$(echo "$listed" | last port 6379)
	[ -z "$2" ] || [ "$at" = "$2" ] || [ "$(echo "$listed" | last tls-port 0)" = "$2" ] || continue
	[ -z "$3" ] || [ "${conf%/*}" = "${3%/}" ] || [ "$conf" = "$3" ] || continue
	[ -z "$4" ] || [ "$(readlink -f "$(echo "$listed" | last dir /)")" = "$(readlink -f "$4")" ] || continue
	echo "$unit|$pid|$state|$user|$group|$program|$conf|$at|$rest"
done)
several() { [ "$(echo "$chosen" | grep -c .)" -gt 1 ]; }
names() { awk -F'|' '{print $1 " (port " $8 ")"}' | one_line; }
if several && echo "$chosen" | grep -q "^$1-server"; then chosen=$(echo "$chosen" | grep "^$1-server"); fi
if several && echo "$chosen" | cut -d'|' -f8 | grep -qx 6379; then chosen=$(echo "$chosen" | awk -F'|' '$8 == 6379'); fi
if several; then
	put problem "several instances, say which by port or service: $(echo "$chosen" | names)"
	exit 0
fi
if [ -z "$chosen" ]; then
	for program in redis-server valkey-server; do command -v "$program" >/dev/null 2>&1 && put program "$program"; done
	[ -z "$all" ] || put problem "no instance fits the inventory; there is: $(echo "$all" | cut -d'|' -f1 | one_line)"
	pgrep -x 'redis-server|valkey-server' >/dev/null && [ -z "$all" ] && put problem "a server runs that no systemd unit started"
	exit 0
fi
IFS='|' read -r unit pid state user group program conf port rest <<-END
	$chosen
END
put installed yes
put service "$unit"
put state "$state"
put program "$program"
put version "$("$program" --version 2>/dev/null)"
put conf "$conf"
put arguments "$rest"
put port "$port"
listed=$(directives "$conf")
put owner "${user:-$(stat -c %U "$conf" 2>/dev/null)}"
put group "${group:-$(stat -c %G "$conf" 2>/dev/null)}"
# Passwords, and their hashes, stay here.
echo "$listed" | awk '{
	text = $0
	sub(/^[^\t]*\t[^\t]*\t/, "", text)
	name = tolower(text)
	sub(/[ \t].*/, "", name)
	if (name ~ /^(requirepass|masterauth|primaryauth|tls-key-file-pass|tls-client-key-file-pass)$/) sub(/[ \t].*/, " ***")
	if (name == "user") gsub(/[ \t]"?[><#!][^ \t]*/, " ***")
	print "line=" $0
}'
aclfile=$(echo "$listed" | last aclfile '')
[ -n "$aclfile" ] && [ -r "$aclfile" ] && sed -n 's/^user[[:space:]]\{1,\}\([^[:space:]]*\).*/aclfile_user=\1/p' "$aclfile"
put password_id "$(login "$conf" | sha256sum | cut -c1-12)"
dir=$(readlink -f "$(echo "$listed" | last dir /)")
rdb=$(echo "$listed" | last dbfilename dump.rdb)
put dir "$dir"
name=${program##*/}
name=${name%-server}
notes "$name-$port" "$dir/$name-$port"
[ -e "${conf%/*}/belt-$port.conf" ] && put drop_in yes
put buffers "$(cat "/var/lib/belt/state/$name-$port.buffers" 2>/dev/null)"
[ -r "$dir/$rdb" ] && put rdb_head "$(head -c 512 "$dir/$rdb" | base64 -w 0)"
pgrep -x 'redis-sentinel|valkey-sentinel' >/dev/null && put sentinel yes
if [ "$6" = survey ]; then
	put free "$(df -B1 --output=avail "$dir" 2>/dev/null | tail -n 1 | tr -d ' ')"
	put used "$(cd "$dir" 2>/dev/null && du -sbc "$rdb" "$(echo "$listed" | last appenddirname appendonlydir)" "$(echo "$listed" | last appendfilename appendonly.aof)" 2>/dev/null | tail -n 1 | cut -f1)"
	put overcommit "$(cat /proc/sys/vm/overcommit_memory 2>/dev/null)"
	put available_kb "$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)"
	put listening "$(ss -Htln 2>/dev/null | awk '{n = split($4, a, ":"); print a[n]}' | sort -nu | one_line)"
fi

client=${program%-server}-cli
[ -x "$client" ] && put client "$client"
socket=$(echo "$listed" | last unixsocket '')
tls=$(echo "$listed" | last tls-port 0)
host=$(echo "$listed" | last bind '' | awk '{
	for (i = 1; i <= NF; i++) { a = $i; gsub(/^[-"]|"$/, "", a); if (a == "*" || a == "0.0.0.0" || a == "127.0.0.1") local = 1; else if (first == "" && a !~ /:/) first = a }
	print (local || first == "") ? "127.0.0.1" : first }')
if [ -n "$socket" ] && { [ -S "$socket" ] || [ "$port$tls" = 00 ]; }; then
	put socket "$socket"
	set -- -s "$socket"
elif [ "$port" = 0 ] && [ "$tls" != 0 ]; then
	ca=$(echo "$listed" | last tls-ca-cert-file '') cert=$(echo "$listed" | last tls-cert-file '') key=$(echo "$listed" | last tls-key-file '')
	put tls yes
	put tls_ca "$ca"
	put tls_cert "$cert"
	put tls_key "$key"
	set -- -h "$host" -p "$tls" --tls ${ca:+--cacert "$ca"} ${cert:+--cert "$cert"} ${key:+--key "$key"}
else
	set -- -h "$host" -p "$port"
fi
put host "$host"
if [ "${pid:-0}" = 0 ]; then
	put problem "$unit is $state"
	exit 0
fi
put alive yes
if ! [ -x "$client" ]; then
	put problem "no $client there: install the package of the client program"
	exit 0
fi
# The commands, with the names that the configuration gives them.
renamed() {
	names=$(echo "$listed" | awk '{ text = $0; sub(/^[^\t]*\t[^\t]*\t/, "", text); n = split(text, w, /[ \t]+/); gsub(/"/, "", w[3])
		if (tolower(w[1]) == "rename-command") printf "s/^%s /%s /;", toupper(w[2]), w[3] == "" ? "BELT-DISABLED" : w[3] }')
	while IFS= read -r line; do
		case $line in
		'#pause') sleep 0.6 ;;
		*) if [ -z "$names" ]; then printf '%s\n' "$line"; else printf '%s\n' "$line" | sed "$names"; fi ;;
		esac
	done
}
REDISCLI_RCFILE=/dev/null VALKEYCLI_RCFILE=/dev/null
export REDISCLI_RCFILE VALKEYCLI_RCFILE
IFS= read -r auth
[ -n "$auth" ] || auth=$(login "$conf")
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
echo answers
{
	[ -z "$auth" ] || printf '%s\n' "$auth"
	renamed
} | timeout 20 "$client" --csv "$@" 2>"$errors"
printf '\n'
put problem_client "$(head -n 1 "$errors")"
