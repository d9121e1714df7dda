# start.sh BASE ID HASH USER: begins the job whose files come on stdin as a tar archive, and prints one word: started,
# attached (it runs already), finished (it did so already) or other (another one of this name runs).
set -eu
umask 077
base=$1 id=$2 hash=$3 user=$4
jobs=$base/jobs dir=$base/jobs/$id new=$base/jobs/.new.$id

[ "$user" != "$(id -un)" ] || user=
if [ -n "$user" ]; then
	[ "$(id -u)" = 0 ] || { echo "only root can run a job as $user" >&2; exit 1; }
	id "$user" >/dev/null
fi

mkdir -p "$jobs"
chmod 0711 "$base" "$jobs" # the job's user passes through to its own folder
exec 9>>"$jobs/.lock"
flock -w 60 9 || { echo "another job is being started or stopped here" >&2; exit 1; }

answer() {
	cat >/dev/null # what is not needed of the input
	echo "$1"
	exit 0
}
same() { [ "$(cat "$dir/hash" 2>/dev/null)" = "$hash" ]; }
case $(state "$dir") in
running) if same; then answer attached; else answer other; fi ;;
exit-0) if same; then answer finished; fi ;;
esac
halt "$dir"
rm -rf "$dir" "$new"

trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$new" "$new/work" "$new/files"
tar -xof - -C "$new"
[ -f "$new/run" ] || { echo "the job's files did not arrive" >&2; exit 1; } # it is the last in the archive
if [ -n "$user" ]; then
	chgrp "$(id -g "$user")" "$new" "$new/script"
	chmod 0710 "$new"
	chmod 0640 "$new/script"
	chown -R "$user:$(id -g "$user")" "$new/work" "$new/files"
fi
cat /proc/sys/kernel/random/uuid >"$new/token"
echo "$hash" >"$new/hash"
echo "$user" >"$new/user"
echo "$grace" >"$new/grace"
date +%s >"$new/started"
: >"$new/running"
unit=
if [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
	unit=belt-$id.service
	echo "$unit" >"$new/unit"
fi
mv "$new" "$dir"

if [ -n "$unit" ]; then
	systemd-run --quiet --collect --unit="$unit" --description="belt: $(cat "$dir/title")" \
		--property=KillMode=control-group --property=TimeoutStopSec="$grace" --property=RuntimeMaxSec=infinity \
		--property=TasksMax=infinity \
		/bin/sh "$dir/run" "$grace" "$dir" </dev/null 9>&-
else
	setsid /bin/sh "$dir/run" "$grace" "$dir" </dev/null >/dev/null 2>&1 9>&- &
fi
round=0
until [ -s "$dir/pid" ]; do
	[ "$round" -lt 200 ] || { echo "the job did not start within 10 s" >&2; exit 1; }
	round=$((round + 1))
	sleep 0.05
done
echo started
