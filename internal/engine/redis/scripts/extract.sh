# Stores a snapshot from stdin as an instance's data. $1 folder, $2 the snapshot's name, $3 folder|file|none: how the
# instance keeps its append-only file, which it would read instead, $4 and $5 the names of that folder and file, $6 owner.
set -eu
cd "$1"
find . -mindepth 1 -delete
cat >"$2"
case $(head -c 5 "$2") in REDIS | VALKE) ;; *) echo "it is no snapshot" >&2; exit 1 ;; esac
case $3 in
folder) # from Redis 7.0: a base, which may be a snapshot, and a list
	mkdir "$4"
	cp "$2" "$4/$5.1.base.rdb"
	echo "file $5.1.base.rdb seq 1 type b" >"$4/$5.manifest"
	;;
file) cp "$2" "$5" ;; # it may begin with a snapshot (aof-use-rdb-preamble)
esac
chown -R "$6:" .
chmod -R u=rwX,g=rX,o= .
