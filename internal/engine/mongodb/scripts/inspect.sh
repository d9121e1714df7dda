# What a server says of one mongod: name=value lines, after those of the host. Reads only.
# $1 port, $2 data folder, $3 config folder, $4 systemd unit (each may be empty), $5 glance|survey.

# A candidate is: pid|config file|data folder|port
yaml_value() { # $1 file, $2 key: the value of a key that stands once in a mongod.conf, whatever it is nested in
	sed -n "s/^\([^#]*[{,]\)\{0,1\}[[:space:]]*$2:[[:space:]]*[\"']\{0,1\}\([^\"'#,}]*\).*/\2/p" "$1" 2>/dev/null | tail -n 1 | sed 's/[[:space:]]*$//'
}
argument() { # $1 pid, $2 and $3 the option's names: its value on the command line
	tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | awk -v a="$2" -v b="$3" '
		take { print; exit }
		$0 == a || $0 == b { take = 1; next }
		index($0, a "=") == 1 { print substr($0, length(a) + 2); exit }'
}
candidates() {
	for pid in $(pgrep -x mongod 2>/dev/null); do
		conf=$(argument "$pid" --config -f)
		data=$(argument "$pid" --dbpath --dbpath)
		case $data in *.belt-*) continue ;; esac # one on which a backup is tried out, or of which data is made
		port=$(argument "$pid" --port --port)
		[ -n "$data" ] || data=$(yaml_value "$conf" dbPath)
		[ -n "$port" ] || port=$(yaml_value "$conf" port)
		echo "$pid|$conf|${data:-/data/db}|${port:-27017}"
	done
	for conf in "${2:+$2/mongod.conf}" /etc/mongod.conf /etc/mongodb.conf; do
		[ -r "$conf" ] || continue
		for pid in $(pgrep -x mongod 2>/dev/null); do
			[ "$(argument "$pid" --config -f)" != "$conf" ] || continue 2
		done
		data=$(yaml_value "$conf" dbPath)
		port=$(yaml_value "$conf" port)
		echo "|$conf|${data:-/data/db}|${port:-27017}"
	done
}
all=$(candidates "$1" "$3" | sort -u)
chosen=$(echo "$all" | awk -F'|' -v port="$1" -v data="$2" -v conf="$3" '
	NF == 4 && (port == "" || $4 == port) && (data == "" || $3 == data) && (conf == "" || index($2, conf "/") == 1)')
if [ "$(echo "$chosen" | grep -c .)" -gt 1 ]; then
	running=$(echo "$chosen" | grep -v '^|')
	[ "$(echo "$running" | grep -c .)" = 1 ] && chosen=$running
fi
case $(echo "$chosen" | grep -c .) in
0)
	[ -n "$all" ] && put problem "no mongod fits the inventory; there is: $(echo "$all" | awk -F'|' '{print "port " $4 " with " $3}' | one_line)"
	exit 0
	;;
1) ;;
*)
	put problem "several mongods, say which by port: $(echo "$chosen" | awk -F'|' '{print "port " $4 " with " $3}' | one_line)"
	exit 0
	;;
esac

IFS='|' read -r pid conf data port <<-END
	$chosen
END
program=$(readlink "/proc/${pid:-none}/exe" || command -v mongod)
[ -n "$program" ] && put installed yes
put program "$program"
put version "$("$program" --version 2>/dev/null | sed -n 's/^db version v//p' | head -n 1)"
[ -n "$pid" ] && put alive yes
put conf_file "$conf"
put conf "$(base64 -w 0 "$conf" 2>/dev/null)"
real=$(readlink -f "$data")
data=${real:-$data}
put data_dir "$data"
put port "$port"
unit=$4
[ -z "$unit" ] && [ -n "$pid" ] && unit=$(sed -n 's/.*\/\([^/]*\.service\)$/\1/p' "/proc/$pid/cgroup" | head -n 1)
[ -z "$unit" ] && [ -z "$pid" ] && unit=$(systemctl cat mongod.service >/dev/null 2>&1 && echo mongod.service)
put service "$unit"
owner=
[ -n "$pid" ] && owner=$(stat -c %U "/proc/$pid" 2>/dev/null)
[ -z "$owner" ] && owner=$(stat -c %U "$data" 2>/dev/null)
put owner "${owner:-mongodb}"
notes "mongodb-$port" "$data"

if [ "$5" = survey ]; then
	put free "$(df -PB1 "$(dirname "$data")" | awk 'NR == 2 {print $4}')"
	put used "$(du -sLB1 "$data" 2>/dev/null | cut -f1)"
	mountpoint -q "$data" && put mount yes
	# MongoDB's database tools, for backups.
	put missing "$(for tool in mongodump mongorestore; do command -v "$tool" >/dev/null 2>&1 || echo "$tool"; done | one_line)"
	put tools "$(mongodump --version 2>/dev/null | sed -n 's/^mongodump version: *//p' | head -n 1)"
fi
[ -n "$pid" ] || put problem "mongod is not running"
exit 0
