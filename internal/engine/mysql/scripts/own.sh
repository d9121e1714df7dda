# own DATA NEW: gives a copy what is the server's own in the data folder whose place it takes: what SET PERSIST wrote, and
# certificates.
own() {
	for file in "$1"/mysqld-auto.cnf "$1"/*.pem; do
		[ ! -f "$file" ] || cp -p "$file" "$2/"
	done
}
