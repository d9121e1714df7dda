# Prints "DATABASE/TABLE<tab>SHA256" for every permanent table of every
# database, its rows in an order of their own, and "DATABASE/schema<tab>SHA256".
# Runs as postgres; works on a primary and on a replica.
set -eu
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
list=$(mktemp)
trap 'rm -f "$list"' EXIT
sql -d postgres -c "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1" |
while IFS= read -r database; do
  # Newer pg_dumps print a random key in their \restrict line.
  pg_dump --schema-only -d "$database" | grep -v '^\\\(un\)\?restrict' > "$list"
  printf '%s/schema\t%s\n' "$database" "$(sha256sum < "$list" | cut -d' ' -f1)"
  sql -d "$database" > "$list" <<'SQL'
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND c.relispopulated
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
ORDER BY 1
SQL
  while IFS= read -r table; do
    sum=$(sql -d "$database" -c "COPY (SELECT t::text FROM $table t ORDER BY t::text COLLATE \"C\") TO STDOUT" < /dev/null | sha256sum | cut -d' ' -f1)
    printf '%s/%s\t%s\n' "$database" "$table" "$sum"
  done < "$list"
done
