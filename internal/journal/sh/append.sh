# append.sh DIR LIMIT: adds the line on stdin to the log. A log of LIMIT bytes is kept as log.jsonl.1 and begun anew.
set -eu
umask 077
log=$1/log.jsonl
mkdir -p "$1"
line=$(cat)
exec 9>>"$1/log.lock"
flock -w 30 9
if [ -e "$log" ] && [ "$(stat -c %s "$log")" -ge "$2" ]; then
	mv -f "$log" "$log.1"
fi
# an append that a full disk cut short has no end of line
if [ -s "$log" ] && [ -n "$(tail -c 1 "$log")" ]; then
	line="
$line"
fi
printf '%s\n' "$line" >>"$log"
