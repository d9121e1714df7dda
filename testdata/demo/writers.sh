# Two writers on shop/db1: sourced by demo.sh, after it has set NAME and DIR.
#
# pgbench is a load as people know it. The witness is the lab's own writer, on web1: it numbers its rows, notes each that
# the server acknowledged, and looks for all of them at the end.

db1="belt-$NAME-shop-db1"
pgbench_rate=100 # transactions per second; a replica has to be made on a busy laptop, too
pgbench_job='' witness_job=''

on_db1() { docker exec -u postgres "$db1" psql -XqAt -d shop -c "$1"; }

size_of_shop() { on_db1 "SELECT pg_size_pretty(pg_database_size('shop'))"; }

start_writers() {
  failing="start the writers"
  local address
  address=$(awk '/^  shop:/ {shop = 1} shop && /^      db1:/ {sub(/}/, "", $5); print $5; exit}' belt.yaml)
  docker exec -e PGPASSWORD=s3cret-of-shop -e LC_ALL=C "$db1" sh -c 'echo $$ >/run/demo-pgbench.pid
    exec pgbench --no-vacuum --client=4 --rate="$2" --time=86400 --protocol=prepared "host=$1 user=shop dbname=shop"' \
    sh "$address" "$pgbench_rate" >pgbench.log 2>&1 &
  pgbench_job=$!
  labctl write --name "$NAME" --dir "$DIR" >witness.log 2>&1 &
  witness_job=$!
  local i
  for ((i = 0; i < 300; i++)); do
    [ "$(on_db1 "SELECT (SELECT count(*) FROM pgbench_history) > 0 AND to_regclass('lab_writes') IS NOT NULL")" = t ] && return
    kill -0 "$pgbench_job" 2>/dev/null && kill -0 "$witness_job" 2>/dev/null || break
    sleep 0.1
  done
  cat pgbench.log witness.log >&2
  return 1
}

# stop_writers lets both say what they saw. pgbench takes SIGALRM for the end of its time.
stop_writers() {
  [ -n "$pgbench_job" ] || return 0
  failing="stop the writers"
  local bench=$pgbench_job witness=$witness_job
  pgbench_job='' witness_job=''
  docker exec "$db1" sh -c 'kill -ALRM "$(cat /run/demo-pgbench.pid)"' || :
  kill -TERM "$witness" || :
  pgbench_code=0 witness_code=0
  wait "$bench" || pgbench_code=$?
  wait "$witness" || witness_code=$?
}

# proof fails unless every transaction went through and no row is missing. pgbench counts what failed from PostgreSQL 15
# on; an older one ends with an error when a transaction does.
proof() {
  failing="the writers were not served"
  local done refused
  done=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' pgbench.log)
  refused=$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' pgbench.log)
  if [ "$pgbench_code" != 0 ] || [ -z "$done" ] || [ "${refused:-0}" != 0 ]; then
    echo "pgbench ended with code $pgbench_code:" >&2
    tail -n 20 pgbench.log >&2
    return 1
  fi
  printf '\n   pgbench  %s%s transactions, refused: %s%s\n' "$bold" "$done" "${refused:-0}" "$off"
  printf '   witness  %s\n' "$(sed -E 's/^([0-9]+) rows acknowledged, ([0-9]+) refused .*(longest wait [0-9]+ ms).* ([0-9]+) lost.*/\1 rows acknowledged, refused: \2, lost: \4, \3/;q' witness.log)"
  [ "$witness_code" = 0 ] && grep -q ' 0 refused' witness.log && grep -q ' 0 lost' witness.log
}
