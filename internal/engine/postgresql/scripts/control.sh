# What pg_control says: the state, and where the latest checkpoint begins; and whether standby.signal is there.
# $1 folder of the programs, $2 data folder.
control=$("$1/pg_controldata" -D "$2") || exit
echo "$control" | sed -n 's/^Database cluster state: *//p'
echo "$control" | sed -n 's/^Latest checkpoint location: *//p'
if [ -e "$2/standby.signal" ]; then echo fenced; else echo open; fi
