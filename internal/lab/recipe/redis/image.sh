#!/bin/sh
# Leaves Redis or Valkey ($1) as Debian's packages install it. A unit in a
# container of the lab may have no users of its own.
set -eu
unit=$1-server.service
install -d "/etc/systemd/system/$unit.d"
printf '[Service]\nPrivateUsers=no\n' > "/etc/systemd/system/$unit.d/lab.conf"
systemctl enable "$unit"
