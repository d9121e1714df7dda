# Prints "DATABASE/TABLE<tab>SHA-256" for the rows of every table of every database that is not the server's own,
# "DATABASE/schema<tab>SHA-256" for its definitions, and "accounts<tab>SHA-256". $1: mariadb or mysql. Works on a primary
# and on a replica.
set -eu
client=$1 dump=$1-dump
[ "$client" = mariadb ] || dump=mysqldump
sql() { "$client" --batch --skip-column-names --default-character-set=binary "$@"; }
sum() { sha256sum | cut -d ' ' -f 1; }
own="'mysql', 'sys', 'information_schema', 'performance_schema'"
# No line of a dump is one that depends on the time or on how far a counter was.
options=(--no-data --routines --triggers --events --skip-comments --skip-dump-date --default-character-set=utf8mb4)
[ "$client" = mariadb ] || options+=(--set-gtid-purged=OFF --column-statistics=0)
for database in $(sql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ($own) ORDER BY 1"); do
  printf '%s/schema\t%s\n' "$database" "$("$dump" "${options[@]}" "$database" | sed -e 's/ AUTO_INCREMENT=[0-9]*//' -e '/sandbox mode/d' | sum)"
  sql -e "SELECT table_name FROM information_schema.tables WHERE table_schema = '$database' AND table_type = 'BASE TABLE' ORDER BY 1" |
  while IFS= read -r table; do
    printf '%s/%s\t%s\n' "$database" "$table" "$(sql "$database" -e "SELECT * FROM \`$table\`" < /dev/null | LC_ALL=C sort | sum)"
  done
done
printf 'accounts\t%s\n' "$(sql -e "SELECT user, host, plugin, authentication_string FROM mysql.user
  WHERE user NOT IN ('root', 'mysql', 'mariadb.sys', 'debian-sys-maint') AND user NOT LIKE 'mysql.%' AND user NOT LIKE 'belt%' ORDER BY 1, 2" | sum)"
