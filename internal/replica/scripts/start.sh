# Starts a systemd unit and waits until it runs or failed; a long recovery may take its time. $1 unit, $2 start|restart,
# $3 the instance's own log file or empty.
set -u
systemctl reset-failed "$1" 2>/dev/null
# systemd waits better than a loop that starts programs beside a database that starts. A unit that it starts again by
# itself after a failure may still come up.
patience=100
begin() { if [ "$1" = start ]; then start_unit "$2"; else systemctl "$1" "$2"; fi; }
if ! said=$(begin "$2" "$1" 2>&1); then
	[ "$(systemctl show --property=LoadState --value "$1")" = loaded ] || { echo "$said" >&2; exit 5; }
	patience=0
fi
tries=0
while :; do
	state=$(systemctl is-active "$1")
	job=$(systemctl show --property=Job --value "$1" 2>/dev/null)
	case $state in
	active) [ -z "$job" ] || [ "$job" = 0 ] && exit 0 ;;
	failed) break ;;
	inactive)
		tries=$((tries + 1))
		[ "$tries" -gt "$patience" ] && break
		;;
	esac
	sleep 0.1
done
echo "$1 did not start" >&2
[ -n "$3" ] && grep -E 'FATAL|PANIC|ERROR|HINT|DETAIL' "$3" 2>/dev/null | tail -n 5 >&2
journalctl --no-pager -q -n 5 -u "$1" -o cat 2>/dev/null >&2
exit 1
