# end_clone ends the session whose number is in the file session, with the login given, and waits until it has ended: a server
# goes on with a CLONE whose client is gone. Follows a function sql.
end_clone() {
	id=$(cat session)
	while [ -n "$id" ] && [ -n "$(echo "SELECT id FROM performance_schema.processlist WHERE id = $id" | sql "$@")" ]; do
		echo "KILL $id" | sql "$@" || :
		sleep 0.5
	done
}
