#!/bin/sh
# Leaves MariaDB or MySQL ($1) as Debian's packages install it, but without its
# data: each server makes its own, as the package would, at its first boot.
set -eu
case $1 in mariadb) unit=mariadb.service ;; mysql) unit=mysql.service ;; esac
systemctl disable "$unit" 2>/dev/null
find /var/lib/mysql -mindepth 1 -delete
