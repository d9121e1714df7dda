#!/bin/sh
# The app on an app server, as far as a database replication tool sees it: it
# reads its variables from a file, and notes when it was told to read it again.
set -eu
install -d -m 755 /etc/shop
cat > /etc/systemd/system/shop.service <<'UNIT'
[Unit]
Description=The shop

[Service]
EnvironmentFile=-/etc/shop/database.env
ExecStart=/bin/sleep infinity
ExecReload=/bin/sh -c 'date --iso-8601=ns >> /var/log/shop-reloads'

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable shop.service
