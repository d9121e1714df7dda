#!/bin/sh
# Leaves PostgreSQL as Debian's packages install it, without the cluster.
set -eu
for version in $(ls /usr/lib/postgresql); do
  pg_dropcluster --stop "$version" main || true
done
chown postgres:postgres /var/lib/postgresql
systemctl enable postgresql.service
