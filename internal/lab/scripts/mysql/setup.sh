# Makes MariaDB or MySQL on a booted new server what its spec says.
# $1: kind; $2: on|off, listening on every network
# $3: user; $4: its password; $5: its database; no password: create neither
# $6: further settings, one a line; the other arguments are networks to let the user in from
set -eu
kind=$1 open=$2 user=$3 password=$4 database=$5 settings=$6
shift 6
case $kind in
  mariadb) unit=mariadb.service conf=/etc/mysql/mariadb.conf.d client=mariadb ;;
  mysql) unit=mysql.service conf=/etc/mysql/mysql.conf.d client=mysql ;;
esac
# The name sorts after Debian's own files, as an operator's would.
{
  echo '[mysqld]'
  [ "$open" = off ] || echo 'bind-address = 0.0.0.0'
  printf '%s' "$settings"
} > "$conf/60-shop.cnf"
# The package makes the data folder when it is configured, with what is each server's own.
package=$(basename -s .postinst "$(ls /var/lib/dpkg/info/*-server*.postinst | xargs grep -l -e mysql_install_db -e mariadb-install-db -e initialize-insecure)")
DEBIAN_FRONTEND=noninteractive dpkg-reconfigure "$package" >/dev/null
systemctl enable "$unit" 2>/dev/null
systemctl start "$unit"

[ -n "$password" ] || exit 0
{
  echo "CREATE DATABASE \`$database\` CHARACTER SET utf8mb4;"
  for network in localhost "$@"; do
    echo "CREATE USER '$user'@'$network' IDENTIFIED BY '$password';"
    echo "GRANT ALL ON \`$database\`.* TO '$user'@'$network';"
  done
} | "$client"
