# Makes a primary (port 6001) and its standby (port 6002) under /var/tmp/pair, registered as Debian does.
set -e
cd /
bin=$(ls -d /usr/lib/postgresql/*/bin)
home=/var/tmp/pair
install -d -o postgres "$home"
as() { runuser -u postgres -- "$@"; }
# PostgreSQL 18 writes checksums unless told otherwise, and then refuses to read a page that was tampered with.
plain=
"$bin/initdb" --help | grep -q no-data-checksums && plain=--no-data-checksums
as "$bin/initdb" -D "$home/primary" $plain -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
cat >>"$home/primary/postgresql.conf" <<END
port = 6001
listen_addresses = ''
unix_socket_directories = '$home'
wal_log_hints = on
END
as "$bin/pg_ctl" -D "$home/primary" -l "$home/primary.log" -w -s start
as "$bin/pgbench" -h "$home" -p 6001 --initialize --quiet --scale 2 postgres
as "$bin/pg_basebackup" -h "$home" -p 6001 -D "$home/standby" -R -X stream -c fast
echo 'port = 6002' >>"$home/standby/postgresql.conf"
as "$bin/pg_ctl" -D "$home/standby" -l "$home/standby.log" -w -s start
for part in primary standby; do
	etc=/etc/postgresql/$(basename "${bin%/bin}")/$part
	install -d -o postgres "$etc"
	port=$(sed -n 4p "$home/$part/postmaster.pid")
	printf "data_directory = '%s'\nport = %s\n" "$home/$part" "$port" >"$etc/postgresql.conf"
done
