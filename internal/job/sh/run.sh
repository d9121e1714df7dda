# run.sh DIR: the first process of a job. Runs its script as the job's user and takes down how it ended.
dir=$1
umask 077
cd "$dir/work" || exit 1
# The first line takes the log's first block, so that a short error still fits when the disk is full.
exec </dev/null >>"$dir/log" 2>&1
echo "# $(cat "$dir/title"), started $(date -u +%Y-%m-%dT%H:%M:%SZ)"
identity $$ >"$dir/pid.new" && mv "$dir/pid.new" "$dir/pid" || exit 1

user=$(cat "$dir/user")
name=${user:-$(id -un)}
set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
	HOME="$(getent passwd "$name" | cut -d: -f6)" USER="$name" LOGNAME="$name" \
	BELT_JOB="$(cat "$dir/token")" BELT_FILES="$dir/files" BELT_PROGRESS="$dir/work/progress"
if [ -n "$user" ]; then
	set -- "$@" setpriv --reuid="$(id -u "$user")" --regid="$(id -g "$user")" --init-groups --
fi
code=0
"$@" /bin/sh "$dir/script" || code=$?
finish marked "$dir"
rm -rf "$dir/files"
mv "$dir/running" "$dir/exit-$code"
