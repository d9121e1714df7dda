# join.sh FOLDER: joins this command's input and output with the end that waits in the job's folder, or will in a moment.
cd "$1/work" || exit 1
round=0
until [ -S mover.sock ] || [ "$round" = 100 ]; do
	round=$((round + 1))
	sleep 0.1
done
exec "$1/files/mover" mover join mover.sock
