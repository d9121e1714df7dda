# probe.sh DIR NAME: says "free", or "held" and by whom. Creates nothing.
lock=$1/$2.lock
if ! [ -e "$lock" ]; then
	echo free
	exit 0
fi
exec 9<"$lock"
round=0
until flock -n -s 9; do
	if held=$(exec 9<&-; owner "$1/$2.owner") || [ "$round" -ge 30 ]; then
		printf 'held\n%s\n' "${held:-0}"
		exit 0
	fi
	round=$((round + 1))
	sleep 0.1 9<&-
done
echo free
