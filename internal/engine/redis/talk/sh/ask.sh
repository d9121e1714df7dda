# Runs the client program with the commands on the input. $1 the client program, $2 the configuration, $3 a unix socket or
# empty, $4 host, $5 port, $6 tls or plain, $7 the authority's certificate, $8 certificate, $9 key. The first line of the
# input is the command that logs in, empty to find it in the configuration.
cd /
REDISCLI_RCFILE=/dev/null VALKEYCLI_RCFILE=/dev/null
export REDISCLI_RCFILE VALKEYCLI_RCFILE
client=$1 conf=$2 socket=$3 host=$4 port=$5
if [ -n "$socket" ]; then
	set -- -s "$socket"
elif [ "$6" = tls ]; then
	set -- -h "$host" -p "$port" --tls ${7:+--cacert "$7"} ${8:+--cert "$8"} ${9:+--key "$9"}
else
	set -- -h "$host" -p "$port"
fi
IFS= read -r auth || exit
[ -n "$auth" ] || auth=$(login "$conf")
{
	[ -z "$auth" ] || printf '%s\n' "$auth"
	exec cat
} | "$client" --csv "$@"
