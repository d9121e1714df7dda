# look.sh BASE ID PROGRESS SECONDS: waits until the job has ended or its progress is no longer PROGRESS, at most SECONDS.
# Prints the state, the progress, and after a failure the end of the log. Its end is told at once, progress at most twice a
# second.
dir=$1/jobs/$2 last=$3 end=$(($(date +%s) + $4)) round=0
while now=$(state "$dir") && [ "$now" = running ]; do
	round=$((round + 1))
	[ "$round" -le 3 ] || { [ "$(progress "$dir")" = "$last" ] && [ "$(date +%s)" -lt "$end" ]; } || break
	sleep 0.2
done
seen=$(progress "$dir")
printf '%s\n%s\n' "$now" "$seen"
case $now in
missing | running | exit-0) ;;
*) tail -n +2 "$dir/log" 2>/dev/null | tail -n 20 | tail -c 4096 ;;
esac
