# Makes mongod on a booted new server what its spec says. The program is /usr/bin/mongod already.
# $1: addresses to listen on besides localhost; $2: how the name of its set begins, or empty; $3: further lines of mongod.conf
# $4: what a stand-in for mongod has to know, empty for a real one; $5: tells one build of the program from another
set -eu
chown root:root /usr/bin/mongod
chmod 755 /usr/bin/mongod
for tool in mongodump mongorestore; do
	[ -z "$4" ] || ln -sf mongod "/usr/bin/$tool" # which the stand-in is by these names
	[ ! -e "/usr/bin/$tool" ] || chmod 755 "/usr/bin/$tool"
done
[ -z "$4" ] || echo "$4" > /etc/mongod-host
cat > /etc/mongod.conf <<END
# mongod.conf

# for documentation of all options, see:
#   http://docs.mongodb.org/manual/reference/configuration-options/

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
  bindIp: 127.0.0.1,$1  # this server and its networks


# how the process runs
processManagement:
  timeZoneInfo: /usr/share/zoneinfo

#security:

#operationProfiling:

#replication:

#sharding:
END
# Its own name: a member that is left of a set of this server's predecessor would take it in again.
[ -z "$2" ] || sed -i "s/^#replication:/replication:\\n  replSetName: $2-$(cut -c 1-8 /etc/machine-id)/" /etc/mongod.conf
printf '%s' "$3" >> /etc/mongod.conf
systemctl enable --now --quiet mongod.service
