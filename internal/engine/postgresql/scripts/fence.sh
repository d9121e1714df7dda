# Stops an instance cleanly and keeps it from taking writes when somebody starts it again: with standby.signal it can only
# come up as a standby. The file comes first, so that there is no moment at which a start would make a primary.
# $1 unit, $2 data folder, $3 owner.
set -eu
install -m 0600 -o "$3" -g "$(id -gn "$3")" /dev/null "$2/standby.signal"
sync "$2/standby.signal"
stop_unit "$1"
