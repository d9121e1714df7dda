# What both scripts know of a lock: NAME.lock is locked while it is held, NAME.owner says by whom. The record's first
# line is "PID STARTTIME EPOCH" of the process that holds the lock, the second is the owner as JSON. It outlives a
# holder that was killed, so it counts only while that process is there.

# started PID prints when the process started, in the kernel's ticks; fails when it is gone or a zombie.
started() (
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	set -- ${stat##*) }
	case $1 in Z | X) return 1 ;; esac
	echo "${20}"
)

# owner FILE prints for how many seconds the lock is held and by whom; fails when the record's process is gone.
owner() (
	{ read -r pid start epoch && read -r who; } <"$1" 2>/dev/null || return 1
	[ "$(started "$pid")" = "$start" ] || return 1
	printf '%s\n%s\n' $(($(date +%s) - epoch)) "$who"
)

command -v flock >/dev/null || { echo "flock is missing: install the package util-linux" >&2; exit 1; }
