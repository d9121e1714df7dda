# Two writers on shop/db1: sourced by demo.sh, after it has set ENGINE, NAME and DIR.
#
# The load is one as people know it: pgbench on PostgreSQL, the lab's own writer elsewhere, with keys and rows of several
# kinds. The witness is the lab's own writer, on web1: it numbers its rows, notes each that the server acknowledged, and
# looks for all of them at the end.

db1="belt-$NAME-shop-db1"
pgbench_rate=100 # transactions per second; a replica has to be made on a busy laptop, too
load_job='' witness_job='' load_by='a load'
[ "$ENGINE" != postgresql ] || load_by=pgbench

start_pgbench() {
  local address
  address=$(awk '/^  shop:/ {shop = 1} shop && /^      db1:/ {sub(/}/, "", $5); print $5; exit}' belt.yaml)
  docker exec -e PGPASSWORD=s3cret-of-shop -e LC_ALL=C "$db1" sh -c 'echo $$ >/run/demo-pgbench.pid
    exec pgbench --no-vacuum --client=4 --rate="$2" --time=86400 --protocol=prepared "host=$1 user=shop dbname=shop"' \
    sh "$address" "$pgbench_rate" >load.log 2>&1 &
}

pgbench_writes() {
  [ "$(docker exec -u postgres "$db1" psql -XqAt -d shop -c 'SELECT count(*) > 0 FROM pgbench_history')" = t ]
}

start_writers() {
  failing="start the writers"
  if [ "$ENGINE" = postgresql ]; then
    start_pgbench
  else
    labctl write --name "$NAME" --dir "$DIR" --table lab_load --local >load.log 2>&1 &
  fi
  load_job=$!
  labctl write --name "$NAME" --dir "$DIR" >witness.log 2>&1 &
  witness_job=$!
  local i
  for ((i = 0; i < 300; i++)); do
    if grep -q '^writing' witness.log && { grep -q '^writing' load.log || { [ "$ENGINE" = postgresql ] && pgbench_writes; }; }; then return; fi
    kill -0 "$load_job" 2>/dev/null && kill -0 "$witness_job" 2>/dev/null || break
    sleep 0.1
  done
  cat load.log witness.log >&2
  return 1
}

# stop_writers lets both say what they saw. pgbench takes SIGALRM for the end of its time.
stop_writers() {
  [ -n "$load_job" ] || return 0
  failing="stop the writers"
  local load=$load_job witness=$witness_job
  load_job='' witness_job=''
  if [ "$ENGINE" = postgresql ]; then
    docker exec "$db1" sh -c 'kill -ALRM "$(cat /run/demo-pgbench.pid)"' || :
  else
    kill -TERM "$load" || :
  fi
  kill -TERM "$witness" || :
  load_code=0 witness_code=0
  wait "$load" || load_code=$?
  wait "$witness" || witness_code=$?
}

# proof fails unless every transaction went through and no row is missing.
proof() {
  failing="the writers were not served"
  printf '\n'
  if [ "$ENGINE" = postgresql ]; then pgbench_proof; else writer_proof load load.log "$load_code"; fi
  writer_proof witness witness.log "$witness_code"
}

# pgbench counts what failed from PostgreSQL 15 on; an older one ends with an error when a transaction does.
pgbench_proof() {
  local done refused
  done=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' load.log)
  refused=$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' load.log)
  if [ "$load_code" != 0 ] || [ -z "$done" ] || [ "${refused:-0}" != 0 ]; then
    echo "pgbench ended with code $load_code:" >&2
    tail -n 20 load.log >&2
    return 1
  fi
  printf '   %-8s %s%s transactions, refused: %s%s\n' pgbench "$bold" "$done" "${refused:-0}" "$off"
}

writer_proof() {
  local what=$1 log=$2 code=$3
  printf '   %-8s %s\n' "$what" "$(sed -E '/rows acknowledged/!d; s/^([0-9]+) rows acknowledged, ([0-9]+) refused .*(longest wait [0-9]+ ms).* ([0-9]+) lost.*/\1 rows acknowledged, refused: \2, lost: \4, \3/;q' "$log")"
  [ "$code" = 0 ] && grep -q ' 0 refused' "$log" && grep -q ' 0 lost' "$log"
}
