# Unpacks a backup's stream from stdin; what follows prepares it. The same arguments as that.
find "$1" -mindepth 1 -delete
mbstream --extract --parallel=2 --directory="$1"
# Of a run that was cut off.
rm -f "$1.complete"
