# Makes MariaDB or MySQL on a booted new server what its spec says.
# $1: kind; $2: on|off, listening on every network
# $3: user; $4: its password; $5: its database; no password: create neither
# $6: further settings, one a line; the other arguments are networks to let the user in from
set -eu
kind=$1 open=$2 user=$3 password=$4 database=$5 settings=$6
shift 6
case $kind in
  mariadb) unit=mariadb.service conf=/etc/mysql/mariadb.conf.d own=60-shop.cnf ;; # after 50-server.cnf
  mysql) unit=mysql.service conf=/etc/mysql/mysql.conf.d own=shop.cnf ;; # after mysqld.cnf
esac
{
  echo '[mysqld]'
  [ "$open" = off ] || echo 'bind-address = 0.0.0.0'
  printf '%s' "$settings"
} > "$conf/$own"
case $settings in
  *ssl_cert*)
    names=$(hostname -I | sed 's/ *$//; s/ /,IP:/g')
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$(hostname)" \
      -addext "subjectAltName=IP:$names" -keyout /etc/mysql/server.key -out /etc/mysql/server.crt 2>/dev/null
    chown mysql: /etc/mysql/server.key
    ;;
esac
# A package of MySQL that finds its port in use takes another; where an image is built that is the host's port.
rm -f "$conf/99-port-backoff.cnf"

# The data folder with what is each server's own, as the package makes it when it is installed.
if [ "$kind" = mariadb ]; then
  install=$(command -v mariadb-install-db || command -v mysql_install_db)
  TMPDIR='' bash "$install" --rpm --cross-bootstrap --user=mysql --disable-log-bin --skip-test-db >/dev/null
  version=$(basename -a /var/lib/dpkg/info/mariadb-server*.postinst | xargs -I{} sed -n 's/.*\(debian-[0-9.]*flag\).*/\1/p' /var/lib/dpkg/info/{} | head -n 1)
  [ -z "$version" ] || touch "/var/lib/mysql/$version"
else
  statements=$(mktemp --tmpdir=/var/lib/mysql-files)
  cat > "$statements" <<'SQL'
USE mysql;
INSTALL PLUGIN auth_socket SONAME 'auth_socket.so';
ALTER USER 'root'@'localhost' IDENTIFIED WITH 'auth_socket';
CREATE USER 'debian-sys-maint'@'localhost' IDENTIFIED WITH 'auth_socket' AS 'root';
GRANT ALL ON *.* TO 'debian-sys-maint'@'localhost' WITH GRANT OPTION;
SQL
  chown mysql:mysql "$statements"
  # Why it failed it tells its log alone. It ends by itself: asked to shut down meanwhile, it may do so with an error.
  log=/var/log/mysql/error.log
  mysqld --initialize-insecure --user=mysql --init-file="$statements" || { code=$?; tail -n 20 "$log" >&2; exit "$code"; }
  rm "$statements"
fi
said=$(systemctl enable "$unit" 2>&1) || { echo "systemctl enable $unit: $said" >&2; exit 1; }
systemctl start "$unit" || { code=$?; journalctl -n 20 --no-pager -u "$unit" >&2; tail -n 20 /var/log/mysql/error.log >&2 || :; exit "$code"; }

[ -n "$password" ] || exit 0
{
  echo "CREATE DATABASE \`$database\` CHARACTER SET utf8mb4;"
  for network in localhost "$@"; do
    echo "CREATE USER '$user'@'$network' IDENTIFIED BY '$password';"
    echo "GRANT ALL ON \`$database\`.* TO '$user'@'$network';"
  done
} | "$kind"
