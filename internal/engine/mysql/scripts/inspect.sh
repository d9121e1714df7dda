# What one instance of MariaDB or MySQL says of itself. Reads only. Follows replica's host.sh and
# notes.sh, and stands.sh.
# $1 mariadb|mysql, $2 port, $3 data folder, $4 config folder, $5 systemd unit (each of these may be empty), $6
# glance|survey; SQL on stdin. Prints name=value lines; the instance's own answers follow behind a line "answers".
set -u
cd /
flavour=$1
program=
for name in mariadbd mysqld; do
	[ "$flavour$name" = mysqlmariadbd ] && continue
	for folder in /usr/sbin /usr/libexec /usr/bin /usr/local/sbin; do
		[ -z "$program" ] && [ -x "$folder/$name" ] && program=$folder/$name
	done
done
if [ -z "$program" ]; then
	[ "$flavour" = mysql ] && [ -x /usr/sbin/mariadbd ] && put problem "it has MariaDB, not MySQL: say engine: mariadb in belt.yaml"
	exit 0
fi
banner=$("$program" --version 2>/dev/null | one_line)
case $flavour$banner in
mysql*MariaDB*)
	put problem "it has MariaDB, not MySQL: say engine: mariadb in belt.yaml"
	exit 0
	;;
mariadb*MariaDB*) ;;
mariadb*)
	put problem "it has MySQL, not MariaDB: say engine: mysql in belt.yaml"
	exit 0
	;;
esac
put installed yes
put program "$program"
put version "$(echo "$banner" | sed 's/.* Ver \([0-9][0-9.]*\).*/\1/')"
for name in mariadb mysql; do
	[ -x "/usr/bin/$name" ] && client=/usr/bin/$name && break
done
put client "${client:-}"
missing=
if [ "$flavour" = mariadb ]; then
	for tool in mariadb-backup mbstream; do command -v $tool >/dev/null 2>&1 || missing="$missing $tool"; done
fi
put missing "${missing# }"
if [ "$flavour" = mysql ]; then
	for file in /usr/lib/mysql/plugin /usr/lib64/mysql/plugin /usr/lib/*/mysql/plugin /usr/local/mysql/lib/plugin; do
		[ -e "$file/mysql_clone.so" ] && put clone_library yes && break
	done
	command -v mysqldump >/dev/null 2>&1 && put dumper yes
fi

# The files of options: the main one, and the last folder that it includes.
main=
for file in ${4:+"$4/my.cnf"} /etc/mysql/my.cnf /etc/my.cnf; do
	[ -z "$main" ] && [ -r "$file" ] && main=$(readlink -f "$file")
done
included=$(sed -n 's/^[[:space:]]*!includedir[[:space:]]*//p' "$main" 2>/dev/null | tail -n 1 | sed 's/[[:space:]]*$//; s#/*$##')
put main_file "$main"
put drop_ins "$included"
spelt() { echo "$1" | sed 's/-/[-_]/g'; } # an option's name with either sign
option() { # $1 name: its last value in the files
	my_print_defaults ${4:+--defaults-file="$main"} mysqld server mariadb mariadbd 2>/dev/null | sed -n "s/^--$(spelt "$1")=//p" | tail -n 1
}

# The servers that run here, in the same view of processes.
own() { # in a container even root may not be allowed to look; then there are no others to see
	space=$(readlink "/proc/$1/ns/pid") || return 0
	[ "$space" = "$(readlink /proc/self/ns/pid)" ]
}
argument() { tr '\0' '\n' <"/proc/$1/cmdline" | sed -n "s/^--$(spelt "$2")=//p" | tail -n 1; }
candidates() { # pid|data folder|port
	for pid in $(pgrep -x 'mariadbd|mysqld' 2>/dev/null); do
		own "$pid" || continue
		# Somebody may just be asking the program for its version or its defaults.
		tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxE -- '--(version|help|verbose|print-defaults)|-V' && continue
		data=$(argument "$pid" datadir)
		[ -n "$data" ] || data=$(readlink "/proc/$pid/cwd") || data=$(option datadir)
		data=${data:-/var/lib/mysql}
		port=$(argument "$pid" port)
		[ -n "$port" ] || port=$(option port)
		echo "$pid|$(readlink -f "$data")|${port:-3306}"
	done
}
all=$(candidates)
chosen=$(echo "$all" | awk -F'|' -v port="$2" -v data="$3" 'NF == 3 && (port == "" || $3 == port) && (data == "" || $2 == data) && !seen[$2]++')
if [ "$(echo "$chosen" | grep -c .)" -gt 1 ]; then
	put problem "several servers run, say which by data_dir: $(echo "$chosen" | awk -F'|' '{print $2 " on port " $3}' | one_line)"
	exit 0
fi
IFS='|' read -r pid data port <<-END
	$chosen
END
[ -n "$data" ] || data=$3
[ -n "$data" ] || data=$(option datadir)
data=$(readlink -f "${data:-/var/lib/mysql}")
[ -n "$port" ] || port=$2
[ -n "$port" ] || port=$(option port)
port=${port:-3306}
put data_dir "$data"
put port "$port"
owner=$(stat -c %U "$data" 2>/dev/null)
put owner "${owner:-mysql}"
unit=$5
[ -z "$unit" ] && [ -n "$pid" ] && unit=$(sed -n 's/.*\/\([^/]*\.service\)$/\1/p' "/proc/$pid/cgroup" | head -n 1)
for name in "$flavour" mariadb mysql mysqld; do
	[ -z "$unit" ] && systemctl cat "$name.service" >/dev/null 2>&1 && unit=$name.service
done
put service "$unit"
socket=$(argument "${pid:-self}" socket)
[ -n "$socket" ] || socket=$(option socket)
put socket "${socket:-/run/mysqld/mysqld.sock}"
if [ -n "$pid" ]; then
	put alive yes
	# Two servers made from one image agree in much, but not in when they started and where their data lies.
	put process "$(stat -c %d.%i "$data")-$(cut -d' ' -f22 "/proc/$pid/stat")-$pid"
fi
if [ -n "$unit" ] && [ -d /run/systemd/system ]; then
	# How long its last start took, in microseconds.
	put start_took "$(systemctl show "$unit" -p InactiveExitTimestampMonotonic -p ActiveEnterTimestampMonotonic 2>/dev/null |
		awk -F= '{t[$1] = $2} END {print t["ActiveEnterTimestampMonotonic"] - t["InactiveExitTimestampMonotonic"]}')"
fi
put master_info "$(sed -n '4p;7p;7q' "$data/master.info" 2>/dev/null | one_line)"
put apparmor "$(sed -n 's#^\(/usr/sbin/\)\{0,1\}\(mysqld\|mariadbd\) (enforce)$#\2#p' /sys/kernel/security/apparmor/profiles 2>/dev/null | head -n 1)"
[ -r "$included/zz-belt.cnf" ] && put drop_in yes
put later "$(for file in "$included"/*.cnf; do [ -e "$file" ] && [ "${file##*/}" \> zz-belt.cnf ] && echo "${file##*/}"; done | one_line)"
notes "$flavour-$port" "$data"

if [ "$6" = survey ]; then
	put free "$(df -PB1 "$(dirname "$data")" | awk 'NR == 2 {print $4}')"
	put log_free "$(df -PB1 "$data" 2>/dev/null | awk 'NR == 2 {print $4}')"
	put used "$(du -sB1 "$data" 2>/dev/null | cut -f1)"
	mountpoint -q "$data" && put mount yes
	put links "$(find "$data" -maxdepth 2 -type l 2>/dev/null | one_line)"
	[ -n "$pid" ] || put stands "$(stands "$data" "$(option log-bin)" | one_line)"
fi
if [ -z "$pid" ]; then
	put problem "$(basename "$program") is not running"
	exit 0
fi
if [ -z "${client:-}" ]; then
	put problem "it has neither of the clients mariadb and mysql"
	exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
awk -v folder="$folder" '/^-- survey$/ {file = "2"} {print >(folder "/" (file ? file : "1"))}'
ask() {
	# shellcheck disable=SC2086
	"$client" "${login:---no-defaults}" ${user---user=root} --protocol=socket --socket="${socket:-/run/mysqld/mysqld.sock}" \
		--connect-timeout=10 --default-character-set=utf8mb4 --batch --raw --vertical --force 2>>"$folder/errors"
}
echo answers
ask <"$folder/1" | tee "$folder/answer"
if [ -e "$folder/2" ]; then
	first=$(sed -n "s/^ *Log_name: //p" "$folder/answer" | head -n 1 | sed "s/'/''/g")
	{ echo "SET @first_log = '$first';" && cat "$folder/2"; } | ask
fi
grep -v '^--------------$' "$folder/errors" | sed 's/^/error: /'
exit 0
