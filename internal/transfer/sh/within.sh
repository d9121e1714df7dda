# The job of a stream within one server: the sender's script, a pipe, the receiver's. $1 and $2 are their users.
mover=$BELT_FILES/mover
gzip -dc "$mover.gz" >"$mover" && chmod 0755 "$mover" && rm "$mover.gz" || exit 1
for user in "$1" "$2"; do
	[ -z "$user" ] || [ "$user" = root ] && continue
	# Root reads it all the same.
	chmod 0711 "$(dirname "$BELT_FILES")"
	chown -R "$user" "$BELT_FILES" .
done
: >sent
{
	code=0
	send || code=$?
	echo "$code" >sent
} | take || exit
code=$(cat sent)
exit "${code:-1}"
