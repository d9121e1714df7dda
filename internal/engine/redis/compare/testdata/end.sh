# Ends the servers of pair.sh in the folder $1, and removes it.
for name in primary replica; do kill "$(cat "$1/$name.pid")"; done
rm -rf "$1"
