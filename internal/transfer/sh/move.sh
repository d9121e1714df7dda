# The job at each end: runs the mover, with the tool's arguments.
mover=$BELT_FILES/mover
gzip -dc "$mover.gz" >"$mover" && chmod 0700 "$mover" && rm "$mover.gz" || exit 1
code=0
"$mover" mover move "$@" || code=$?
if [ "$code" = 126 ]; then
	echo "programs may not run on the file system of $BELT_FILES (is it mounted with noexec?)" >&2
fi
exit "$code"
