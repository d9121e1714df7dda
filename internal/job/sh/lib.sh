# What the scripts of a job share. A job's folder holds
#
#   script, run, title, hash, user, token, grace, unit, started    written by start.sh before anything runs
#   pid        "PID STARTTIME BOOT" of run.sh, the first process of the job
#   running    renamed to exit-CODE or stopped at the end: a rename needs no room on a full disk
#   stopping   while it is being stopped: who looks in that moment sees no process and no end yet
#   log        stdout and stderr of the job
#   work/      the job's current folder, with its progress; belongs to the job's user
#   files/     inputs and secrets; belongs to the job's user, removed at the end
#
# Every script has GRACE before its own arguments: for how many seconds a process is asked to end before it is made to.
grace=$1
shift

# identity PID prints what tells a process from a later one of the same number. Fails when it is gone or a zombie.
identity() (
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	pid=$1
	set -- ${stat##*) }
	case $1 in Z | X) return 1 ;; esac
	read -r boot </proc/sys/kernel/random/boot_id
	echo "$pid ${20} $boot"
)

# alive DIR tells whether the first process of the job is there. A job that was begun a moment ago has no pid yet.
alive() (
	if [ -s "$1/pid" ]; then
		read -r pid rest <"$1/pid"
		[ "$(identity "$pid")" = "$pid $rest" ]
	else
		[ -s "$1/started" ] && [ $(($(date +%s) - $(cat "$1/started"))) -lt 30 ]
	fi
)

# ended DIR prints exit-CODE or stopped, and fails while the job has not ended.
ended() (
	for f in "$1"/exit-* "$1"/stopped; do
		if [ -e "$f" ]; then
			echo "${f##*/}"
			return 0
		fi
	done
	return 1
)

# state DIR prints missing, running, exit-CODE, stopped or dead.
state() (
	[ -d "$1" ] || { echo missing; return; }
	ended "$1" && return
	if alive "$1"; then echo running; return; fi
	ended "$1" && return # between the two looks
	if [ -e "$1/stopping" ]; then echo stopped; else echo dead; fi
)

# progress DIR prints the last line of the job's progress.
progress() (
	[ ! -f "$1/work/progress" ] || tail -n 1 "$1/work/progress" 2>/dev/null | tr '\t' ' '
)

# marked DIR prints the processes that carry the job's token in their environment: its script and what that started.
marked() (
	token=$(cat "$1/token" 2>/dev/null) || return 0
	grep -lzxF "BELT_JOB=$token" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
)

# members DIR prints all processes of the job, those that cleared their environment included.
members() (
	marked "$1"
	[ -s "$1/pid" ] || return 0
	read -r leader rest <"$1/pid"
	[ "$(identity "$leader")" = "$leader $rest" ] || return 0
	for stat in /proc/[0-9]*/stat; do
		{ read -r line <"$stat"; } 2>/dev/null || continue
		set -- ${line##*) }
		case $1 in Z | X) continue ;; esac
		[ "$4" != "$leader" ] || echo "$stat" | cut -d/ -f3
	done
)

# finish LISTER DIR ends the processes that LISTER prints, by force after the grace, and waits until there are none.
finish() (
	round=0
	while left=$("$1" "$2" | sort -u) && [ -n "$left" ]; do
		if [ "$round" -ge $((5 * grace + 50)) ]; then
			echo "processes that cannot be ended: "$left >&2
			return 1
		elif [ "$round" -ge $((5 * grace)) ]; then
			kill -KILL $left 2>/dev/null || :
		elif [ $((round % 10)) = 0 ]; then
			kill -TERM $left 2>/dev/null || :
		fi
		round=$((round + 1))
		sleep 0.2
	done
	return 0
)

# halt DIR ends everything that runs for the job.
halt() (
	if [ -s "$1/unit" ]; then
		unit=$(cat "$1/unit")
		systemctl stop "$unit" 2>/dev/null || :
		round=0
		# a unit that ended is unloaded a moment later, and until then its name is taken
		until [ "$(systemctl show --property=LoadState "$unit")" = LoadState=not-found ]; do
			[ "$round" -lt 100 ] || { echo "unit $unit does not stop" >&2; return 1; }
			systemctl reset-failed "$unit" 2>/dev/null || :
			round=$((round + 1))
			sleep 0.1
		done
	fi
	finish members "$1"
)
