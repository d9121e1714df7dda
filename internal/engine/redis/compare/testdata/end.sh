# Ends the servers of pair.sh in the folder $1, and removes it.
for name in primary replica; do
	pid=$(cat "$1/$name.pid")
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
done
rm -rf "$1"
