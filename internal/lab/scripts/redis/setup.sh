# Makes Redis or Valkey on a booted new server what its spec says.
# $1: kind; $2: on|off, open to every network, with the password $3
# $4: further settings, one a line
set -eu
kind=$1 open=$2 password=$3 settings=$4
conf=/etc/$kind/$kind.conf
if [ "$open" = on ]; then
  # bind from the file is replaced, as an operator would; the rest goes to its end.
  sed -i 's/^bind .*/bind 0.0.0.0/' "$conf"
  printf '\nrequirepass %s\n' "$password" >> "$conf"
fi
printf '%s' "$settings" >> "$conf"
systemctl restart "$kind-server.service"
