# Starts an instance again as the primary that it was. $1 unit, $2 data folder.
set -eu
rm -f "$2/standby.signal"
start_unit "$1"
