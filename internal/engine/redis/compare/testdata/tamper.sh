# Changes on the replica of pair.sh what no replica changes. $1 client, $2 its port.
set -eu
cli() { "$client" -p "$port" "$@"; }
client=$1-cli port=$2
cli CONFIG SET replica-read-only no
cli SET s:1:5 other
cli PEXPIREAT s:1:6 4102449805000
cli HSET h:1:7 b other
cli SADD set:1:8 more
cli ZADD z:1:9 3.5 c
cli LSET l:1:10 2 other
cli DEL x:1:11
cli SET extra x
cli -n 3 HSET 'big hash:1:1' f2999 other
cli -n 3 SREM 'big set:1:1' m17
cli -n 3 ZADD 'big zset:1:1' 0.5 m2500
cli -n 3 LSET 'big list:1:1' 2222 other
cli -n 3 XDEL 'big stream:1:1' 5-1717
cli -n 3 SETRANGE 'big string:1:1' 654321 other
cli CONFIG SET replica-read-only yes
