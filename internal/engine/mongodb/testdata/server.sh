# Lays out mongod on a server as MongoDB's packages do. $1 an address to listen on besides localhost, $2 what a stand-in for
# mongod has to know; empty for a real one. The program is /usr/bin/mongod already.
set -eu
chmod 755 /usr/bin/mongod
getent passwd mongodb >/dev/null || useradd --system --no-create-home --home-dir /var/lib/mongodb --shell /usr/sbin/nologin mongodb
install -d -o mongodb -g mongodb /var/lib/mongodb /var/log/mongodb
[ -z "$2" ] || echo "$2" >/etc/mongod-host
cat >/etc/mongod.conf <<END
# mongod.conf

# Where and how to store data.
storage:
  dbPath: /var/lib/mongodb

# where to write logging data.
systemLog:
  destination: file
  logAppend: true
  path: /var/log/mongodb/mongod.log

# network interfaces
net:
  port: 27017
  bindIp: 127.0.0.1,$1  # this server and its app's network

# how the process runs
processManagement:
  timeZoneInfo: /usr/share/zoneinfo

#security:

#operationProfiling:

#replication:

#sharding:
END
cat >/lib/systemd/system/mongod.service <<END
[Unit]
Description=MongoDB Database Server
After=network-online.target
Wants=network-online.target

[Service]
User=mongodb
Group=mongodb
ExecStart=/usr/bin/mongod --config /etc/mongod.conf
RuntimeDirectory=mongodb
LimitNOFILE=64000

[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --now mongod.service
