# Runs the SQL on its input, which may change settings and makes the instance read its files again, and prints the answers
# to the queries once it has done so: new sessions then see the new values.
# $1 folder of the programs, $2 folder of the socket, $3 port, $4 the queries. The first row of both is the time of the load.
set -eu
cd /
bin=$1 host=$2 port=$3 queries=$4
sql() { "$bin/psql" -X -q -At -w -v ON_ERROR_STOP=1 -d "dbname=postgres host=$host port=$port application_name=belt connect_timeout=10"; }
line='
'
before=$(sql)
tries=0
while :; do
	# An answer may be an empty line, which the shell would cut off at the end.
	answers=$(printf '%s\n' "$queries" | sql && echo end)
	[ "${answers%%"$line"*}" = "${before%%"$line"*}" ] || break
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || { echo "it did not read its settings again within 30 s" >&2; exit 1; }
	sleep 0.1
done
printf '%s' "${answers%end}"
