#!/bin/sh
# Leaves a server as MongoDB's packages install it, but for the programs: the user, the folders, the unit.
set -eu
useradd --system --no-create-home --home-dir /var/lib/mongodb --shell /usr/sbin/nologin mongodb
install -d -o mongodb -g mongodb /var/lib/mongodb /var/log/mongodb
cat > /lib/systemd/system/mongod.service <<'UNIT'
[Unit]
Description=MongoDB Database Server
Documentation=https://docs.mongodb.org/manual
After=network-online.target
Wants=network-online.target

[Service]
User=mongodb
Group=mongodb
EnvironmentFile=-/etc/default/mongod
ExecStart=/usr/bin/mongod --config /etc/mongod.conf
RuntimeDirectory=mongodb
LimitFSIZE=infinity
LimitCPU=infinity
LimitAS=infinity
LimitNOFILE=64000
TasksMax=infinity

[Install]
WantedBy=multi-user.target
UNIT
