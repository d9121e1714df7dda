# Streams an archive of all databases to stdout, with the oplog of the time that this takes. $1 port, $2 user (empty: nobody
# has to log in), $3 the user's database, $4 the set's keyfile where its key is the password. Else that is in
# $BELT_FILES/mongodump.yaml.
set -eu
port=$1 user=$2 database=$3 keyfile=$4
set --
if [ -n "$user" ]; then
	umask 077
	config=$BELT_FILES/mongodump.yaml
	if [ -n "$keyfile" ]; then
		# The first key, without the white space that mongod ignores; a file with several is a list in YAML. What a key is made
		# of needs no quoting: base64.
		config=$(mktemp)
		trap 'rm -f "$config"' EXIT
		trap 'exit 1' HUP INT TERM
		awk '/^[ \t]*- / { sub(/^[ \t]*- */, ""); gsub(/["\047 \t\r]/, ""); all = $0; exit } { gsub(/[ \t\r]/, ""); all = all $0 }
			END { print "password: \"" all "\"" }' "$keyfile" >"$config"
		set -- --authenticationMechanism=SCRAM-SHA-256
	fi
	set -- --username="$user" --authenticationDatabase="$database" --config="$config" "$@"
fi
# One host and no name of a set: it stays with this member.
mongodump --host=127.0.0.1 --port="$port" --readPreference=nearest --oplog --archive "$@"
